"""Two front ends behind nginx."""

from faults import Load
from harness import Frontend
from nginx import Nginx, free_port


class Instances:
    """They run until stop()."""

    def __init__(self, database, place):
        self.database, self.place = database, place
        self.ports = [free_port(), free_port()]
        self.running = [self.start(port) for port in self.ports]
        self.nginx = Nginx(place, self.ports)
        self.base = self.nginx.base

    def start(self, port):
        return Frontend(self.database.url(connection_limit=2), self.place / f"log-{port}", port=port)

    def restart(self, i):
        """As `systemctl restart` would: the next one starts when the last one has ended. Its exit status."""
        code = self.running[i].stop()
        self.running[i] = self.start(self.ports[i])
        return code

    def stop(self):
        codes = [each.stop() for each in self.running]
        self.nginx.stop()
        return codes


class NginxLoad(Load):
    """Of the answers none may be a failure: there is always one instance."""

    def __init__(self, instances):
        super().__init__(instances, codes=(), clients=12)

    def check(self):
        assert not self.wrong, self.wrong[:3]
