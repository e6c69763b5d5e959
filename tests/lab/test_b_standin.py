"""The stand-in for Kubernetes: pods are real containers, and nothing that it does not know is pretended."""

import json
import secrets
import time
from types import SimpleNamespace

import pytest

from lab.servers import engine, kubernetes

PODS = f"/api/v1/namespaces/{kubernetes.NAMESPACE}/pods"
JOBS = f"/apis/batch/v1/namespaces/{kubernetes.NAMESPACE}/jobs"
SECRETS = f"/api/v1/namespaces/{kubernetes.NAMESPACE}/secrets"
ACCOUNTS = f"/api/v1/namespaces/{kubernetes.NAMESPACE}/serviceaccounts"
BINDINGS = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{kubernetes.NAMESPACE}/rolebindings"
ASK = """
import json, os, ssl, urllib.error, urllib.request
folder = "/var/run/secrets/kubernetes.io/serviceaccount/"
read = lambda file: open(folder + file).read()
server = f"https://{os.environ['KUBERNETES_SERVICE_HOST']}:{os.environ['KUBERNETES_SERVICE_PORT']}"
request = urllib.request.Request(f"{server}/api/v1/namespaces/{read('namespace')}/pods/{os.uname().nodename}")
request.add_header("Authorization", "Bearer " + read("token"))
try:
    found = json.load(urllib.request.urlopen(request, context=ssl.create_default_context(cafile=folder + "ca.crt")))
    print(found["metadata"]["name"])
except urllib.error.HTTPError as error:
    print(json.load(error)["message"])
"""


@pytest.fixture(scope="module")
def api(place, wanted):
    wanted("kubernetes")
    with kubernetes.client(place) as client:
        yield client


@pytest.fixture
def name():
    """A name that no other test has."""
    return f"test-{secrets.token_hex(4)}"


@pytest.fixture
def run(api, name):
    """Run a shell command in a pod of the test's name to its end, and return the pod; it is deleted after the test."""

    def run(*command, **fields):
        api.post(PODS, json={"metadata": {"name": name}, "spec": spec(*command, **fields)}).raise_for_status()
        return until(lambda: ended(api.get(f"{PODS}/{name}").json()))

    yield run
    api.delete(f"{PODS}/{name}", params={"gracePeriodSeconds": 0})


def spec(*command, account="default", **fields):
    one = {
        "name": "main",
        "image": engine.BASE,
        "imagePullPolicy": "Never",
        "command": ["sh", "-c", *command],
        **fields,
    }
    return {"restartPolicy": "Never", "serviceAccountName": account, "containers": [one]}


def until(found):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError


def ended(pod):
    return pod if pod["status"]["phase"] in {"Succeeded", "Failed"} else None


def job_ended(job):
    return job if job["status"].get("conditions") else None


def state(pod):
    return pod["status"]["containerStatuses"][0]["state"]


def said(api, name):
    return api.get(f"{PODS}/{name}/log").text.strip()


def test_a_pod_that_exits_3_has_failed_with_exit_code_3(api, name, run):
    pod = run("echo three; exit 3")
    assert pod["status"]["phase"] == "Failed"
    assert (state(pod)["terminated"]["exitCode"], state(pod)["terminated"]["reason"]) == (3, "Error")
    assert said(api, name) == "three"


def test_a_pod_that_ends_well_has_succeeded(run):
    assert run("true")["status"]["phase"] == "Succeeded"


def test_a_pod_whose_container_is_killed_has_failed(api, place, name):
    api.post(PODS, json={"metadata": {"name": name}, "spec": spec("sleep 60")}).raise_for_status()
    until(lambda: api.get(f"{PODS}/{name}").json()["status"]["phase"] == "Running")
    engine.podman(place, "kill", f"pod-{name}")
    pod = until(lambda: ended(api.get(f"{PODS}/{name}").json()))
    assert (pod["status"]["phase"], state(pod)["terminated"]["exitCode"]) == ("Failed", 137)
    api.delete(f"{PODS}/{name}")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic wrong"}])
def test_a_wrong_token_is_refused(api, header):
    api_of_nobody = {"Authorization": "", **header}
    for path in ("/version", PODS, "/no/such/path"):
        answer = api.get(path, headers=api_of_nobody)
        assert (answer.status_code, answer.json()["reason"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/apis/apps/v1/namespaces/zenml/deployments", "GET /apis/apps/v1/namespaces/zenml/deployments"),
        (f"{PODS}?watch=true", f"the parameter watch of GET {PODS}"),
        (f"{PODS}?labelSelector=a in (b)", "the selector 'a in (b)'"),
    ],
)
def test_what_it_does_not_know_is_answered_with_501_and_logged(api, place, path, named):
    answer = api.get(path)
    assert (answer.status_code, answer.json()["message"]) == (
        501, f"The lab's stand-in for Kubernetes does not know {named}."
    )  # fmt: skip
    assert f"does not know {named}" in place.log("kubernetes").read_text()


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"livenessProbe": {"tcpSocket": {"port": 1}}}, "spec.containers[0].livenessProbe: not known to the lab's"),
        (
            {"args": ["$(NAME)"]},
            "spec.containers[0]: the lab's stand-in for Kubernetes puts no variables into commands",
        ),
        ({"securityContext": {"privileged": True}}, "spec.containers[0].securityContext.privileged: not known to"),
        ({"resources": {"limits": {"nvidia.com/gpu": "1"}}}, "resources.limits.nvidia.com/gpu: not known to the lab's"),
    ],
)
def test_a_pod_that_asks_for_what_it_cannot_do_is_refused(api, name, fields, message):
    answer = api.post(PODS, json={"metadata": {"name": name}, "spec": spec("true", **fields)})
    assert answer.status_code == 422
    assert answer.json()["message"].startswith(message)
    assert api.get(f"{PODS}/{name}").status_code == 404


def test_the_value_of_a_secret_reaches_the_container_and_no_command_line(api, place, name, run):
    # Base64 of a phrase.
    api.post(SECRETS, json={"metadata": {"name": name}, "data": {"key": "b3BlbiBzZXNhbWU="}}).raise_for_status()
    source = {"secretKeyRef": {"name": name, "key": "key"}}
    run('echo "$PHRASE, $PLAIN"', env=[{"name": "PHRASE", "valueFrom": source}, {"name": "PLAIN", "value": "b"}])
    assert said(api, name) == "open sesame, b"
    assert "open sesame" not in place.log("kubernetes").read_text()


def test_a_missing_secret_leaves_the_pod_waiting_with_a_reason(api, name):
    env = [{"name": "PHRASE", "valueFrom": {"secretKeyRef": {"name": name, "key": "key"}}}]
    api.post(PODS, json={"metadata": {"name": name}, "spec": spec("true", env=env)}).raise_for_status()
    waiting = until(lambda: state(api.get(f"{PODS}/{name}").json())["waiting"].get("message"))
    assert waiting == f'secrets "{name}" not found'
    api.delete(f"{PODS}/{name}")


def test_an_image_that_cannot_be_pulled_leaves_the_pod_waiting_with_a_reason(api, place, name):
    image = f"127.0.0.1:{place.ports['registry']}/{name}:none"
    made = {"metadata": {"name": name}, "spec": spec("true", image=image, imagePullPolicy="Always")}
    api.post(PODS, json=made).raise_for_status()
    waiting = until(lambda: told if "message" in (told := state(api.get(f"{PODS}/{name}").json())["waiting"]) else None)
    assert waiting["reason"] == "ErrImagePull"
    assert image in waiting["message"]
    api.delete(f"{PODS}/{name}")


def test_user_and_limits_are_those_of_the_container(api, place, name, run):
    limits = {"limits": {"memory": "64Mi", "cpu": "500m"}, "requests": {"memory": "1Gi"}}
    run("id -u; id -g", resources=limits, securityContext={"runAsUser": 1000, "runAsGroup": 1001})
    assert said(api, name).split() == ["1000", "1001"]
    given = json.loads(engine.podman(place, "inspect", f"pod-{name}"))[0]["HostConfig"]
    assert (given["Memory"], given["NanoCpus"]) == (64 * 2**20, 500_000_000)


def test_a_pod_may_do_nothing_with_the_api_before_its_account_is_bound(api, name, run):
    run(command=["python3", "-c", ASK])
    assert f"system:serviceaccount:{kubernetes.NAMESPACE}:default" in said(api, name)
    assert "is forbidden" in said(api, name)


def test_a_pod_reaches_the_api_with_its_bound_account(api, name, run):
    subject = {"kind": "ServiceAccount", "name": name, "namespace": kubernetes.NAMESPACE}
    bound = {"metadata": {"name": name}, "roleRef": {"kind": "ClusterRole", "name": "edit"}, "subjects": [subject]}
    api.post(ACCOUNTS, json={"metadata": {"name": name}}).raise_for_status()
    api.post(BINDINGS, json=bound).raise_for_status()
    run(command=["python3", "-c", ASK], account=name)
    assert said(api, name) == name


def test_a_deleted_pod_takes_its_container_along(api, place, name):
    api.post(PODS, json={"metadata": {"name": name}, "spec": spec("sleep 60")}).raise_for_status()
    until(lambda: api.get(f"{PODS}/{name}").json()["status"]["phase"] == "Running")
    assert name in engine.podman(place, "ps", "--format", "{{.Names}}")
    api.delete(f"{PODS}/{name}", params={"gracePeriodSeconds": 0}).raise_for_status()
    until(lambda: api.get(f"{PODS}/{name}").status_code == 404)
    assert name not in engine.podman(place, "ps", "--all", "--format", "{{.Names}}")


@pytest.mark.parametrize(
    ("command", "policy", "kind", "reason"),
    [
        ("true", {}, "Complete", "CompletionsReached"),
        ("exit 3", {}, "Failed", "BackoffLimitExceeded"),
        (
            "exit 42",
            {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}},
            "Failed",
            "PodFailurePolicy",
        ),
    ],
)
def test_a_job_ends_as_its_pod_does(api, name, command, policy, kind, reason):
    limit = 3 if policy else 0
    template = {
        "template": {"spec": spec(command)},
        "backoffLimit": limit,
        "podFailurePolicy": {"rules": [policy] if policy else []},
    }
    api.post(JOBS, json={"metadata": {"name": name}, "spec": template}).raise_for_status()
    job = until(lambda: job_ended(api.get(f"{JOBS}/{name}").json()))
    assert [(one["type"], one["reason"]) for one in job["status"]["conditions"]] == [(kind, reason)]
    pods = api.get(PODS, params={"labelSelector": f"job-name={name}"}).json()["items"]
    assert [pod["metadata"]["ownerReferences"][0]["uid"] for pod in pods] == [job["metadata"]["uid"]]
    api.delete(f"{JOBS}/{name}").raise_for_status()
    until(lambda: api.get(f"{JOBS}/{name}").status_code == 404)
    assert api.get(f"{PODS}/{pods[0]['metadata']['name']}").status_code == 404


@pytest.fixture
def check(place, api, monkeypatch):
    """Ask what `stacks check` asks of a cluster, as the administrator or with another token."""
    from kubernetes.config import kube_config

    from stacks import cluster_checks

    def check(*, token=None, **given):
        known = kubernetes.kubeconfig(place).read_text()
        file = place.of("kubernetes") / "kubeconfig.test"
        file.write_text(known.replace(place.secrets[kubernetes.ADMIN], token or place.secrets[kubernetes.ADMIN]))
        monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
        defaults = {"kubernetes_context": kubernetes.CONTEXT, "kubernetes_namespace": kubernetes.NAMESPACE}
        config = SimpleNamespace(**{**defaults, "service_account_name": None, **given})
        [answer] = cluster_checks.kubernetes(None, "kubernetes", config)
        return answer

    yield check
    (place.of("kubernetes") / "kubeconfig.test").unlink(missing_ok=True)


def test_the_check_of_the_stack_asks_the_cluster(place, check):
    url = kubernetes.address(place)
    assert check() == (True, f"{url} answers; jobs may be created in zenml")
    assert check(kubernetes_namespace="none") == (
        False,
        "there is no namespace none; `kubectl --context lab create namespace none`, or set KUBE_NAMESPACE",
    )
    assert check(token="wrong") == (False, f"{url} refuses the user of context lab (401); log in again")
    assert check(kubernetes_context="other")[1].startswith("no context other (")


def test_the_check_of_the_stack_finds_a_user_without_rights(place, api, name, run, check):
    api.post(ACCOUNTS, json={"metadata": {"name": name}}).raise_for_status()
    run("cat /var/run/secrets/kubernetes.io/serviceaccount/token", account=name)
    rights = "jobs, secrets, serviceaccounts, rolebindings"
    told = check(token=said(api, name))[1]
    assert told.startswith(
        f"the user of context lab may not create {rights} in zenml; have the cluster role admin bound"
    )
