"""Docker's API of the lab's engine, through HAProxy, which mends one thing in it.

Where a client of this API waits for a container, podman 4.3 looks each nanosecond whether it has ended, and takes more
than a core for that. Podman's own API waits with an interval, so it is asked instead.
"""

from __future__ import annotations

import socket

from lab.place import Place
from lab.servers import engine
from lab.servers.server import Server

PROGRAM = "/usr/sbin/haproxy"
HOURS = 2
"""How long a container may run."""
SETTINGS = """global
  maxconn 500
  lua-load {folder}/wait.lua
  tune.lua.session-timeout {hours}h
defaults
  mode http
  option http-no-delay
  timeout connect 10s
  timeout client {hours}h
  timeout server {hours}h
  timeout tunnel {hours}h
frontend docker
  bind unix@{front} mode 600
  http-request lua.wait if {{ path_end /wait }}
  default_backend podman
backend podman
  server podman unix@{back}
"""
WAIT = """core.register_action("wait", {{"http-req"}}, function(asked)
  local container = asked.f:path():match("/containers/([^/]+)/wait$")
  local url = "http://podman/v4.0.0/libpod/containers/" .. container .. "/wait?interval=250ms"
  local told = core.httpclient():post{{url = url, dst = "unix@{back}", timeout = {milliseconds}}}
  local reply = asked:reply{{status = told.status, headers = {{["content-type"] = {{"application/json"}}}}}}
  local code = told.status == 200 and told.body:match("-?%d+")
  reply:set_body(code and '{{"StatusCode":' .. code .. '}}' or told.body)
  asked:done(reply)
end)
"""


def _prepare(place: Place) -> None:
    folder, front, back = place.of("engine"), engine.docker_socket(place), engine.podman_socket(place)
    front.unlink(missing_ok=True)
    settings = SETTINGS.format(folder=folder, front=front, back=back, hours=HOURS)
    (folder / "haproxy.cfg").write_text(settings)
    (folder / "wait.lua").write_text(WAIT.format(back=back, milliseconds=HOURS * 3600 * 1000))


def _command(place: Place) -> list[str]:
    return [PROGRAM, "-q", "-db", "-f", str(place.of("engine") / "haproxy.cfg")]


def _is_ready(place: Place) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(engine.docker_socket(place)))
    return True


SERVER = Server(
    "docker-api", _command, _is_ready, program=PROGRAM, package="haproxy", prepare=_prepare, after=("engine",)
)
