"""The reference server in Python: firebase-functions on Flask, with the callables of tests/conformance/README.md.

It prints where it listens. KEY_PORT is the suite's server of keys; GCLOUD_PROJECT is the project.
"""

import logging
import os

import flask
from firebase_admin import _token_gen, app_check, initialize_app
from firebase_functions import https_fn, options
from google.auth.credentials import AnonymousCredentials
from werkzeug.serving import make_server

KEYS = f"http://127.0.0.1:{os.environ['KEY_PORT']}"
PROJECT = os.environ["GCLOUD_PROJECT"]

# The only two URLs from which firebase_admin reads public keys; it has no setting for them.
_token_gen.ID_TOKEN_CERT_URI = f"{KEYS}/x509"
app_check._AppCheckService._JWKS_URL = f"{KEYS}/jwk"


@https_fn.on_call()
def echo(request: https_fn.CallableRequest):
    return request.data


def seen(request: https_fn.CallableRequest):
    return {
        "uid": request.auth.uid if request.auth else None,
        "claim": request.auth.token.get("claim") if request.auth else None,
        "app": request.app.app_id if request.app else None,
        "iid": request.instance_id_token,
        "streaming": False,
    }


@https_fn.on_call()
def who(request: https_fn.CallableRequest):
    return seen(request)


@https_fn.on_call(enforce_app_check=True)
def enforced(request: https_fn.CallableRequest):
    return seen(request)


@https_fn.on_call()
def fail(request: https_fn.CallableRequest):
    data = request.data
    raise https_fn.HttpsError(https_fn.FunctionsErrorCode(data["code"]), data["message"], data.get("details"))


@https_fn.on_call()
def throw(request: https_fn.CallableRequest):
    raise ValueError("secret")


@https_fn.on_call()
def nan(request: https_fn.CallableRequest):
    return [float("nan")]


@https_fn.on_call()
def nothing(request: https_fn.CallableRequest):
    return None


@https_fn.on_call()
def stream(request: https_fn.CallableRequest):
    """Python has no streams: only the outcome."""
    if request.data.get("end") == "error":
        raise https_fn.HttpsError(https_fn.FunctionsErrorCode.NOT_FOUND, "nf", {"a": 1})
    if request.data.get("end") == "throw":
        raise ValueError("secret")
    return request.data.get("result")


@https_fn.on_call(cors=options.CorsOptions(cors_origins="https://app.example"))
def cors_one(request: https_fn.CallableRequest):
    return request.data


@https_fn.on_call(cors=options.CorsOptions(cors_origins=["https://app.example", "https://other.example"]))
def cors_two(request: https_fn.CallableRequest):
    return request.data


CALLABLES = {
    "echo": echo,
    "who": who,
    "enforced": enforced,
    "fail": fail,
    "throw": throw,
    "nan": nan,
    "nothing": nothing,
    "stream": stream,
    "corsOne": cors_one,
    "corsTwo": cors_two,
}


def view(callable_):
    return lambda: callable_(flask.request)


# Google is never asked anything that would need credentials.
initialize_app(AnonymousCredentials(), {"projectId": PROJECT})
app = flask.Flask(__name__)
for name, callable_ in CALLABLES.items():
    for path in (f"/{name}", f"/{PROJECT}/us-central1/{name}"):
        app.add_url_rule(
            path,
            endpoint=path,
            view_func=view(callable_),
            methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
            provide_automatic_options=False,
        )

logging.disable(logging.CRITICAL)
server = make_server("127.0.0.1", 0, app, threaded=True)
print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
