# The course with JupyterLab, for a learner or a classroom:
#   docker build --tag unet-lessons .
#   docker run --rm --publish 127.0.0.1:8888:8888 --volume unet-lessons:/home/learner/work unet-lessons
# Nobody but this machine can reach it so; the address that it prints has a token in it.

FROM python:3.12-slim AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-slim
RUN useradd --create-home learner
COPY --from=build /wheels /wheels
COPY requirements.lock /wheels/
RUN pip install --no-cache-dir --constraint /wheels/requirements.lock "$(ls /wheels/*.whl)[lab]"

USER learner
WORKDIR /home/learner
# Drawn now, so that the first lesson needs neither seconds nor a network.
RUN unet-lessons data prepare --source drawn_pets && mkdir work
EXPOSE 8888
CMD ["unet-lessons", "lab", "work", "--ip=0.0.0.0", "--no-browser"]
