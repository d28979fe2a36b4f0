"""A real OAuth server for the sign-in tests: python django-oauth-toolkit.py PORT FOLDER. By environment: DEVICE_TTL and
AT_TTL in seconds, INTERVAL. Its own templates and views; all that is added is said below."""
import json
import os
import pathlib
import sys

import django
from django.conf import settings

PORT, FOLDER = int(sys.argv[1]), pathlib.Path(sys.argv[2])
ISSUER = f"http://127.0.0.1:{PORT}/o"


LOGIN = "<form method=post>{% csrf_token %}{{ form }}<button>Log in</button></form>"


def number(name, default):
    return int(os.environ.get(name, default))


settings.configure(
    SECRET_KEY="test-only", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], USE_TZ=True, DEBUG=False,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", LOGIN_URL="/login/",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "django.sqlite3"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider"],
    MIDDLEWARE=[f"{__name__}.ShorterLife", "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "OPTIONS": {"loaders": [
        ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN}),
        "django.template.loaders.app_directories.Loader"]}}],
    OAUTH2_PROVIDER={
        "OIDC_ENABLED": True, "OIDC_ISS_ENDPOINT": ISSUER, "SCOPES": {"openid": "who you are"},
        "OIDC_RSA_PRIVATE_KEY": (FOLDER / "key.pem").read_text(), "PKCE_REQUIRED": False,
        "OAUTH_DEVICE_VERIFICATION_URI": f"{ISSUER}/device/", "DEVICE_FLOW_INTERVAL": number("INTERVAL", 1),
        "OAUTH_DEVICE_VERIFICATION_URI_COMPLETE": lambda code: f"{ISSUER}/device/?user_code={code}",
        "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Named", "ACCESS_TOKEN_EXPIRE_SECONDS": number("AT_TTL", 60)},
)


class ShorterLife:
    """The library has no setting for a code's life: what it says is shortened on the way out, if asked for."""

    def __init__(self, following):
        self.following = following

    def __call__(self, request):
        answer = self.following(request)
        if request.path == "/o/device-authorization/" and answer.status_code == 200 and "DEVICE_TTL" in os.environ:
            said = json.loads(answer.content)
            answer.content = json.dumps(said | {"expires_in": number("DEVICE_TTL", 1800)})
        return answer


django.setup()

from django.contrib.auth import get_user_model  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402


class Named(OAuth2Validator):
    """Tells the e-mail address, whatever was asked for, as its documentation shows it."""

    oidc_claim_scope = None

    def get_additional_claims(self, request):
        return {"email": request.user.email}


urlpatterns = [path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
               path("login/", LoginView.as_view())]


def main():
    call_command("migrate", verbosity=0)
    alice, _ = get_user_model().objects.get_or_create(username="alice", email="alice@example.test")
    alice.set_password("password1")
    alice.save()
    Application = get_application_model()
    Application.objects.get_or_create(
        client_id="wizard", client_type="public", algorithm="RS256",
        authorization_grant_type="urn:ietf:params:oauth:grant-type:device_code", defaults={"name": "wizard"})
    call_command("runserver", f"127.0.0.1:{PORT}", use_reloader=False, verbosity=0)


if __name__ == "__main__":
    main()
