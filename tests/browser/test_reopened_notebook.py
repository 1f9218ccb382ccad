"""A lesson that was run, saved and closed shows its pictures when it is opened again."""

import nbformat
from lab import LessonPage
from lesson_cells import short_lesson

BROWSER = "look-browser"


def opened_again(chromium, address, token):
    """The lesson's page, and the output of the cell that shows an explorer."""
    lesson = LessonPage(chromium, address, token, "reopened.ipynb")
    cell = lesson.page.locator(".jp-Notebook .jp-Cell").nth(lesson.cell_ids().index(BROWSER))
    return lesson, cell.locator(".jp-OutputArea-output")


def test_the_widget_comes_back_while_its_kernel_lives_and_its_picture_after_that(chromium, lab):
    folder, address, token = lab
    notebook = short_lesson("01_data_and_masks.ipynb", (BROWSER,), {})
    nbformat.write(notebook, folder / "reopened.ipynb")
    lesson, output = opened_again(chromium, address, token)
    lesson.run_all()
    lesson.command("docmanager:save")
    lesson.page.close()

    lesson, output = opened_again(chromium, address, token)
    output.locator(".ul-root:not(.ul-waiting)").wait_for()
    lesson.page.evaluate("window.lesson.sessionContext.shutdown()")
    lesson.page.close()

    lesson, output = opened_again(chromium, address, token)
    output.locator("img").wait_for()
    assert lesson.page.evaluate("window.lesson.content.activeCell.model.trusted")
    assert lesson.page.get_by_text("Error displaying widget").count() == 0
    assert lesson.problems == []
    lesson.page.close()
