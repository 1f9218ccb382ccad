# nbgrader for this course: copy it into the folder of your course, beside `source`.
#
#     mkdir -p source/lesson1
#     cp solutions/01_data_and_masks.ipynb source/lesson1/
#     nbgrader generate_assignment lesson1
#     nbgrader autograde lesson1
#     nbgrader generate_feedback lesson1

c = get_config()  # noqa: F821 - nbgrader gives it

c.CourseDirectory.course_id = "unet-lessons"

# By default a cell gets 30 seconds, and whole classes fail at the import of TensorFlow. Learners'
# endless loops end earlier all the same: a check gives each answer seconds of its own.
c.Execute.timeout = 300
c.Execute.startup_timeout = 300

# The mark before and after a solution, as the course's own notebooks have it.
c.ClearSolutions.begin_solution_delimeter = "BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "END SOLUTION"
c.ClearSolutions.code_stub = {"python": 'raise NotImplementedError("Write your answer here")'}
