"""Beyond one process: a training that several share, on one machine or many.

`cluster` joins the processes, `together` trains, `whole_run` is what ``unet-lessons train`` does
from the pets to the results, `launch` and `on_ray` start the workers.
"""
