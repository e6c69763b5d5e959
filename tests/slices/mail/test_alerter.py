"""The mail alerter as a component of a ZenML stack: registered once, strict, its password nowhere to be read."""

import datetime as dt
import logging

import pytest
from zenml.alerter.base_alerter import BaseAlerterStepParameters
from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.stack import StackComponent

from stacks.flavors import FLAVORS, register_flavors
from stacks.smtp_alerter import SmtpAlerter, SmtpAlerterFlavor, SmtpAlerterParameters
from tagstack import paths
from tagstack.errors import UsageError

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
ALERTER = StackComponentType.ALERTER


@pytest.fixture(scope="module", autouse=True)
def _flavors(local_stack):
    register_flavors(Client())


@pytest.fixture
def register():
    """Register an alerter with a configuration and load it as a stack does."""
    made = []

    def run(**configuration):
        name = f"mail-{len(made)}"
        model = Client().create_stack_component(
            name=name, flavor="tagstack-smtp", component_type=ALERTER, configuration=configuration
        )
        made.append(model.id)
        return StackComponent.from_model(model)

    yield run
    for identity in made:
        Client().delete_stack_component(identity, ALERTER)


@pytest.fixture
def secret():
    """A ZenML secret `mail`: `secret(password="...")`."""

    def make(**values):
        Client().create_secret("mail", values)

    yield make
    if Client().list_secrets(name="mail").items:
        Client().delete_secret("mail")


@pytest.fixture
def settings_of():
    """What a component is configured with to reach a server of the tests."""

    def make(server, **more):
        names = ("host", "port", "security", "ca_file", "timeout", "pause")
        return {name: getattr(server, name) for name in names} | more

    return make


def test_our_flavors_are_registered_once_and_brought_up_to_date():
    client = Client()
    register_flavors(client)
    [known] = client.list_flavors(name="tagstack-smtp", type=ALERTER, hydrate=True).items
    assert known.source == "stacks.smtp_alerter.SmtpAlerterFlavor" in FLAVORS
    from zenml.models import FlavorUpdate

    client.zen_store.update_flavor(known.id, FlavorUpdate(source="stacks.old.Flavor", config_schema={}))
    register_flavors(client)
    [mended] = client.list_flavors(name="tagstack-smtp", type=ALERTER, hydrate=True).items
    assert mended.id == known.id
    assert (mended.source, mended.config_schema) == (known.source, SmtpAlerterFlavor().config_schema)


def test_a_posted_text_arrives_with_a_password_that_only_the_server_sees(
    start, postmaster, register, secret, settings_of, tmp_path, caplog
):
    caplog.set_level(logging.DEBUG)
    server = start(postmaster, security="starttls", login=True)
    secret(user=server.username, password=server.password)
    alerter = register(
        **settings_of(server, username="{{mail.user}}", password="{{mail.password}}", outbox=str(tmp_path / "outbox")),
        recipients=["ops@example.org"],
        sender="tagstack@example.org",
    )
    assert isinstance(alerter, SmtpAlerter)
    assert alerter.post("Größe\nzwei Zeilen")
    [(recipients, received)] = postmaster.received
    assert recipients == ["ops@example.org"]
    assert received["Subject"] == "[Tagstack] Größe"
    assert received["From"] == "tagstack@example.org"
    assert received.get_content().splitlines() == ["Größe", "zwei Zeilen"]
    assert postmaster.logins == [True]
    assert "hunter2" not in f"{alerter!r} {alerter.config!r} {vars(alerter)}"
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
    assert "hunter2" not in " ".join(ours)


def test_a_posted_text_may_have_its_own_subject_and_recipients(start, postmaster, register, settings_of, tmp_path):
    server = start(postmaster)
    alerter = register(**settings_of(server, outbox=str(tmp_path)), recipients=["ops@example.org"])
    params = SmtpAlerterParameters(subject="Other\r\nBcc: a@b.org", recipients=["boss@example.org"])
    assert alerter.post("Text", params)
    [(recipients, received)] = postmaster.received
    assert recipients == ["boss@example.org"]
    assert (received["Subject"], received["Bcc"]) == ("[Tagstack] Other Bcc: a@b.org", None)


def test_without_a_host_mail_goes_into_the_outbox_beside_zenml_s_store(register, mail):
    alerter, folder = register(), paths.data() / "outbox"
    assert alerter.outbox.folder == folder
    before = set(folder.glob("*.eml"))  # of other slices
    assert alerter.post("Text")
    made = alerter.deliver(mail)
    assert (made.outcome, len(set(folder.glob("*.eml")) - before)) == ("kept", 2)
    assert alerter.deliver_waiting() == ()
    assert alerter.purge(dt.datetime(2025, 1, 1, tzinfo=dt.UTC)) == 1


def test_what_could_not_be_posted_is_not_called_a_success_and_is_delivered_later(
    start, postmaster, register, settings_of, tmp_path
):
    server = start(postmaster)
    options = {"recipients": ["ops@example.org"], "outbox": str(tmp_path), "attempts": 1}
    down = register(**settings_of(server) | {"port": 1}, **options)
    assert not down.post("Text")
    assert [made.outcome for made in register(**settings_of(server), **options).deliver_waiting()] == ["delivered"]
    assert len(postmaster.received) == 1


@pytest.fixture
def secretive(start, postmaster, register, secret, settings_of, tmp_path):
    """An alerter whose secret was deleted after it was registered."""
    secret(user="jane", password="hunter2")
    server = start(postmaster, security="starttls", login=True)
    login = {"username": "{{mail.user}}", "password": "{{mail.password}}"}
    alerter = register(**settings_of(server, **login), recipients=["ops@example.org"], outbox=str(tmp_path))
    Client().delete_secret("mail")
    return alerter


def test_a_secret_that_is_missing_keeps_the_mail_and_says_so(secretive, mail):
    made = secretive.deliver(mail)
    assert made.outcome == "kept"
    assert "The secret mail does not exist; make it with `zenml secret`" in made.detail
    assert len(secretive.outbox.waiting()) == 1


def test_a_secret_that_lacks_the_password_keeps_the_mail_and_names_no_value(secretive, secret, mail):
    secret(user="hunter2")
    made = secretive.deliver(mail)
    assert made.outcome == "kept"
    assert "The secret mail does not contain a value for key password; make it" in made.detail
    assert "hunter2" not in made.detail


def test_old_mail_that_cannot_be_deleted_is_a_warning(register, tmp_path, caplog):
    caplog.set_level(logging.WARNING, "stacks")
    (tmp_path / "20200101T000000Z-0.eml").mkdir()
    alerter = register(outbox=str(tmp_path))
    assert alerter.purge(dt.datetime(2025, 1, 1, tzinfo=dt.UTC)) == 0
    assert "cannot be used: Is a directory" in caplog.text


def test_mail_cannot_ask(register):
    alerter = register()
    with pytest.raises(UsageError, match=r"'mail-0' sends mail and cannot wait for an answer; use `post`"):
        alerter.ask("Deploy?")


def test_parameters_of_another_alerter_are_refused(register):
    class Others(BaseAlerterStepParameters):
        channel: str = "general"

    alerter = register()
    with pytest.raises(UsageError, match="takes SmtpAlerterParameters, not Others"):
        alerter.post("Text", Others())


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ({"hots": "mail.example.org"}, "hots"),
        ({"host": "h", "security": "ssl"}, "starttls"),
        ({"host": "h", "port": 99999}, "less than or equal to 65535"),
        ({"host": "h", "timeout": 0}, "greater than 0"),
        ({"sender": "Tagstack <a@b.org>"}, "is no mail address"),
        ({"recipients": ["a@b.org", "nobody"]}, "'nobody' is no mail address"),
        ({"host": "h", "username": "jane"}, "username and password belong together"),
        ({"host": "h", "username": "jane", "password": "hunter2"}, "password must refer to a ZenML secret"),
        (
            {"host": "h", "security": "none", "username": "jane", "password": "{{mail.password}}"},
            "would send the password readable by all",
        ),
    ],
)
def test_a_configuration_that_cannot_work_is_refused_without_repeating_a_password(
    register, secret, configuration, said
):
    secret(password="hunter2")
    with pytest.raises(ValueError, match=said) as caught:
        register(**configuration)
    assert "hunter2" not in str(caught.value)


def test_zenml_s_command_line_may_give_numbers_and_lists_as_text(register, tmp_path):
    alerter = register(host="h", port="2525", timeout="5", recipients='["a@b.org"]', outbox=str(tmp_path))
    assert (alerter.config.port, alerter.config.timeout, alerter.config.recipients) == (2525, 5.0, ["a@b.org"])
