"""What schemathesis loads (SCHEMATHESIS_HOOKS): every change is followed by the library as it was, so that the next request finds the ids that
it knows; and a line for each answer tells the test what was reached."""

import os

import psycopg
import schemathesis
from openapi_library import fill, fill_awkwardly

connection = psycopg.connect(os.environ["OPENAPI_DATABASE"], autocommit=True)
answers = open(os.environ["OPENAPI_ANSWERS"], "a", buffering=1)


@schemathesis.hook
def after_call(context, case, response):
    answers.write(f"{response.status_code} {case.operation.label}\n")
    if response.request.method not in ("GET", "HEAD", "OPTIONS") and response.status_code < 300:
        fill(connection)
        fill_awkwardly(connection)
