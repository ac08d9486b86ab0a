"""Looks at the admin page with a real browser, without its windows, over its debugging pipe.

Usage: browser.py SCENARIO PORT
Each step prints a line when it is seen; the test makes the next thing happen then.
"""
import json
import os
import subprocess
import sys
import tempfile
import time


class Browser:
    def __init__(self, folder):
        to_browser, self.output = os.pipe()
        self.input, from_browser = os.pipe()
        # The browser reads descriptor 3 and writes descriptor 4.
        command = [
            "/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
            "--user-data-dir=" + folder, "--remote-debugging-pipe", "about:blank",
        ]
        redirect = "exec 3<&%d 4>&%d; exec \"$@\"" % (to_browser, from_browser)
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", redirect, "browser"] + command,
            pass_fds=(to_browser, from_browser), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest = b""
        self.number = 0
        self.session = None
        self.problems = []

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.output, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit("%s: %s" % (method, answer["error"]))
                return answer["result"]
            self.note(answer)

    def note(self, event):
        if event.get("method") == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(event["params"]["exceptionDetails"]))
        if event.get("method") == "Log.entryAdded":
            entry = event["params"]["entry"]
            if entry["level"] == "error" and entry["source"] != "network":
                self.problems.append(entry["text"])

    def receive(self):
        while b"\0" not in self.rest:
            chunk = os.read(self.input, 1 << 16)
            if not chunk:
                sys.exit("the browser is gone")
            self.rest += chunk
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def open(self, address):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Runtime.enable")
        self.call("Log.enable")
        self.call("Page.enable")
        self.call("Page.navigate", url=address)

    def value(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    def wait(self, expression, seconds=80):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.value(expression)
            if value:
                return value
            time.sleep(0.2)
        page = self.value("document.body.innerText")
        sys.exit("never true: %s\n%s\n%s" % (expression, page, self.problems))

    def picture(self, path, width, scheme):
        import base64
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1,
            mobile=width < 600)
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}])
        time.sleep(0.3)
        data = self.call("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def end(self):
        self.process.kill()
        self.process.wait()
        if self.problems:
            sys.exit("the page has errors: %s" % self.problems)


def cell(node, label):
    return ("document.querySelector('#nodes tr[data-key=\"%d\"] td[data-label=\"%s\"]')"
            "?.firstChild?.textContent" % (node, label))


def live(browser, port):
    browser.open("http://127.0.0.1:%s/" % port)
    browser.wait("document.querySelectorAll('#nodes tbody tr').length === 3")
    for node in range(3):
        browser.wait("%s === 'up'" % cell(node, "status"))
    browser.wait("%s === 'primary'" % cell(0, "role"))
    browser.wait("document.getElementById('state').textContent === 'ready'")
    # Somebody reads: the second document has rates.
    browser.wait("parseFloat(%s) > 0" % cell(2, "reads/s"))
    browser.wait("document.querySelectorAll('#reasons tbody tr').length > 0")
    folder = os.environ.get("TRUNKLINE_PICTURES")
    if folder:
        browser.picture(folder + "/light.png", 1200, "light")
        browser.picture(folder + "/phone.png", 360, "dark")
    # On a phone nothing is wider than the screen.
    browser.call(
        "Emulation.setDeviceMetricsOverride", width=360, height=740, deviceScaleFactor=1,
        mobile=True)
    browser.wait("document.documentElement.scrollWidth <= 360")
    browser.wait("document.querySelector('.wide').scrollWidth <= 360")
    print("three nodes", flush=True)

    browser.wait("(%s || '').startsWith('down')" % cell(2, "status"))
    browser.wait("document.getElementById('events').textContent.includes('node 2')")
    print("one is down", flush=True)

    browser.wait("!document.getElementById('alarm').hidden")
    browser.wait("document.getElementById('alarm').textContent.includes('does not answer')")
    browser.wait("document.getElementById('state').textContent === 'no answer'")
    if folder:
        browser.picture(folder + "/stale.png", 1200, "dark")
    print("no answer", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(folder)
        try:
            globals()[sys.argv[1]](browser, sys.argv[2])
        finally:
            browser.end()
