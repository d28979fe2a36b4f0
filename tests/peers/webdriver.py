"""A headless Chromium driven over the W3C WebDriver protocol, with the standard library only."""
import json
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=390,800",
]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """A browser for one walk; closes with its `with` block."""

    def __init__(self, port=9777):
        self.base = f"http://127.0.0.1:{port}"
        self.profile = tempfile.TemporaryDirectory()
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        options = {"args": FLAGS + [f"--user-data-dir={self.profile.name}"]}
        for _ in range(100):
            try:
                reply = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        else:
            raise SystemExit("chromedriver did not start")
        self.session = f"/session/{reply['sessionId']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.profile.cleanup()

    def call(self, method, path, body=None):
        data = None if body is None and method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=30) as reply:
            return json.load(reply)["value"]

    def open(self, url):
        self.call("POST", f"{self.session}/url", {"url": url})

    def text(self):
        """The page's text; a page that is just being replaced is asked again."""
        for _ in range(50):
            try:
                found = self.call("POST", f"{self.session}/element", {"using": "css selector", "value": "body"})
                return self.call("GET", f"{self.session}/element/{found[ELEMENT]}/text")
            except urllib.error.HTTPError:
                time.sleep(0.1)
        raise SystemExit("the page has no body")

    def script(self, text):
        self.call("POST", f"{self.session}/execute/sync", {"script": text, "args": []})

    def press(self, selector):
        self.script(f"document.querySelector('{selector}').click()")

    def forget(self):
        """As a browser that nobody used yet."""
        self.call("DELETE", f"{self.session}/cookie")

    def wait_for(self, words):
        for _ in range(100):
            if words in self.text():
                return
            time.sleep(0.1)
        raise RuntimeError(f"the browser does not show \"{words}\": {self.text()[:200]}")

    def click_button(self, words):
        xpath = f"//button[contains(normalize-space(.), '{words}')]"
        found = self.call("POST", f"{self.session}/element", {"using": "xpath", "value": xpath})[ELEMENT]
        self.call("POST", f"{self.session}/element/{found}/click")
