"""A settings file, and the signal to read it again."""

import signal

from harness import wait_until


class Settings:
    """A file of settings, to be changed and read again."""

    def __init__(self, file, url):
        self.file, self.url = file, url

    def write(self, **settings):
        lines = [f'database-url = "{settings.pop("database_url", self.url)}"']
        lines += [f'{name.replace("_", "-")} = "{value}"' for name, value in settings.items()]
        self.file.write_text("\n".join(lines) + "\n")


def reload(served, said="event=reloaded"):
    before = served.log().count(said)
    served.process.send_signal(signal.SIGHUP)
    wait_until(lambda: served.log().count(said) == before + 1)
