"""A terminal in tmux: a program runs in it, keys go in, the screen is read, and what it writes is noted raw."""
import pathlib
import subprocess
import tempfile
import time


class Screen:
    """Runs a command in a tmux of its own. Leaving ends it."""

    def __init__(self, command, columns=80, rows=24, raw=None):
        self.home = tempfile.TemporaryDirectory()
        self.socket = str(pathlib.Path(self.home.name) / "tmux")
        empty = pathlib.Path(self.home.name) / "tmux.conf"
        empty.write_text("set -g default-terminal xterm-256color\nset -g status off\nset -g remain-on-exit on\n")
        self.tmux("-f", str(empty), "new-session", "-d", "-x", str(columns), "-y", str(rows), "sleep 600")
        if raw:
            self.tmux("pipe-pane", "-O", raw)
        self.tmux("respawn-pane", "-k", command)

    def tmux(self, *words):
        call = ["tmux", "-S", self.socket, *words]
        return subprocess.run(call, check=True, capture_output=True, text=True).stdout

    def text(self):
        return self.tmux("capture-pane", "-p")

    def keys(self, *keys):
        self.tmux("send-keys", *keys)

    def wait(self, *words, seconds=120):
        """Waits until one of the words stands on the screen; returns how long that took."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            text = self.text()
            if any(word in text for word in words):
                return time.monotonic() - began
            if "Pane is dead" in text:
                break
            time.sleep(0.05)
        waited = time.monotonic() - began
        raise SystemExit(f"waited {waited:.0f} s for {words}; the screen shows:\n{self.text()}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)
        self.home.cleanup()
