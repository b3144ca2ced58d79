"""Publishes to a real S3-compatible server while a reader polls: killed again and again, then finished.

Usage: publish_check.py PROGRAM DATA OUT; needs `moto_server` (PyPI: moto[server]) on the PATH.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

N_KILLS = int(os.environ.get("IAPT_KILLS", "10"))


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def get(url):
    # The server asks that a request be signed, and does not look at the signature.
    credential = "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Authorization": credential}), timeout=20) as answer:
        return answer.read()


class Reader(threading.Thread):
    """Begins with the manifest and reads every file that it names, over and over; every checksum has to fit."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.root, self.editions, self.problems, self.is_over = root, [], [], False

    def run(self):
        while not self.is_over:
            self.read_once()

    def read_once(self):
        manifest = json.loads(get(f"{self.root}/manifest.json"))
        for file in manifest["files"]:
            url = f"{self.root}/{manifest['folder']}/{urllib.request.quote(file['path'])}"
            try:
                found = hashlib.sha256(get(url)).hexdigest()
            except OSError as error:
                found = str(error)
            if found != file["sha256"]:
                self.problems.append(f"{file['path']} of {manifest['edition']}: {found}")
        self.editions.append(manifest["edition"])


def main():
    program, data, out = sys.argv[1:]
    random.seed(20261124)
    work = tempfile.mkdtemp()
    shutil.copytree(data, f"{work}/data")
    shutil.copytree(out, f"{work}/out")
    port = free_port()
    server = subprocess.Popen(["moto_server", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    endpoint = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(urllib.request.Request(f"{endpoint}/iapt", method="PUT"), timeout=5)
                break
            except OSError:
                time.sleep(0.1)
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        environment = os.environ | keys | {"AWS_ENDPOINT": endpoint, "AWS_ALLOW_HTTP": "true"}
        command = [program, "--to", "s3://iapt/open", "--data", f"{work}/data", "--out", f"{work}/out"]

        def publish():
            return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stderr.strip()

        began = time.monotonic()
        print(publish())
        took = time.monotonic() - began
        root = f"{endpoint}/iapt/open"
        first = json.loads(get(f"{root}/manifest.json"))["edition"]
        reader = Reader(root)
        reader.start()
        for folder, _, names in os.walk(f"{work}/out/site"):
            for name in names:
                with open(f"{folder}/{name}", "ab") as page:
                    page.write(b"\n")
        # Other pages have another statement.
        with open(f"{work}/data/provenance.json", "rb") as file:
            statement = json.load(file)
        for subject in statement["subject"]:
            if subject["name"].startswith("site/"):
                with open(f"{work}/out/{subject['name']}", "rb") as page:
                    subject["digest"]["sha256"] = hashlib.sha256(page.read()).hexdigest()
        with open(f"{work}/data/provenance.json", "w", encoding="utf-8") as file:
            json.dump(statement, file, indent=2, ensure_ascii=False)
        n_killed = 0
        for _ in range(N_KILLS):
            run = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
            # Each run goes on where the one before was killed.
            time.sleep(random.uniform(0, took / 3))
            if run.poll() is None:
                run.send_signal(signal.SIGKILL)
                n_killed += 1
            run.wait()
        between = json.loads(get(f"{root}/manifest.json"))["edition"]
        last = publish()
        print(last)
        second = json.loads(get(f"{root}/manifest.json"))["edition"]
        n_before = len(reader.editions)
        while len(reader.editions) < n_before + 2 and reader.is_alive():
            time.sleep(0.05)
        reader.is_over = True
        reader.join()
        counts = {name: reader.editions.count(edition) for name, edition in [("old", first), ("new", second)]}
        print(f"{n_killed} runs killed; the reader saw {counts['old']} old and {counts['new']} new editions, whole; {len(reader.problems)} mixtures")
        assert n_killed > 0, "every run ended before it was killed"
        assert ", 0 there already," not in last, f"no run that was killed had put a file: {last}"
        assert first != second and between in (first, second)
        assert not reader.problems, reader.problems[:5]
        assert sum(counts.values()) == len(reader.editions) and min(counts.values()) > 0
    finally:
        server.terminate()
        shutil.rmtree(work)


main()
