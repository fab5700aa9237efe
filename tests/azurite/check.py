#!/usr/bin/env python3
"""Read exports from Azurite, filled by Microsoft's SDK, as a user would.

usage: check.py PROGRAM AZURITE [options of unittest, such as -v or -k sas]
"""
import base64
import concurrent.futures
import datetime
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from azure.storage.blob import (
    AccountSasPermissions,
    BlobServiceClient,
    ResourceTypes,
    StandardBlobTier,
    generate_account_sas,
)

ACCOUNT = "costacct"
KEY = base64.b64encode(b"k" * 64).decode()
HEADER = "SubscriptionId,ResourceGroup,Date,MeterName,CostInBillingCurrency,ResourceId,ChargeType,BillingCurrencyCode,Quantity\n"
PROGRAM = AZURITE = ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def rows(first, count):
    """The rows of one part; each costs 0.01."""
    lines = [
        f"s1,rg,10/{n % 28 + 1:02}/2026,m,0.01,/subscriptions/s1/r{n},Usage,EUR,1\n"
        for n in range(first, first + count)
    ]
    return HEADER + "".join(lines)


class Azurite:
    """A running Azurite with one account."""

    def __init__(self, folder, *options):
        self.port = free_port()
        environment = dict(os.environ, AZURITE_ACCOUNTS=f"{ACCOUNT}:{KEY}")
        arguments = [AZURITE, "--disableTelemetry", "--silent", "--skipApiVersionCheck", "--inMemoryPersistence"]
        arguments += ["--blobHost", "127.0.0.1", "--blobPort", str(self.port), *options]
        self.process = subprocess.Popen(arguments, env=environment, cwd=folder)
        # A busy machine takes its time to start it.
        for _ in range(1200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        self.process.kill()
        raise TimeoutError("Azurite does not listen")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run(container, path, kind, number, parts, promised=None):
    """Writes one run of October below a path that ends with the name of the export, as Azure does."""
    export = path.rsplit("/")[-1]
    guid = f"{number:08x}-0000-4000-8000-000000000001"
    folder = f"{path}/20261001-20261031/{guid}"
    promised = promised or len(parts)
    blobs = []
    for at in range(promised):
        name = f"{folder}/part_{at}_0001.csv"
        if at < len(parts):
            container.upload_blob(name, parts[at])
        blobs.append({"blobName": name, "byteCount": len(parts[at]) if at < len(parts) else 1})
    manifest = {
        "manifestVersion": "2024-04-01",
        "dataRowCount": sum(part.count("\n") - 1 for part in parts),
        "exportConfig": {
            "exportName": export,
            "resourceId": f"/subscriptions/s1/providers/Microsoft.CostManagement/exports/{export}",
            "type": kind,
        },
        "runInfo": {
            "submittedTime": f"2026-11-{number:02}T03:00:00Z",
            "runId": guid,
            "startDate": "2026-10-01T00:00:00",
            "endDate": "2026-10-31T00:00:00",
        },
        "blobs": blobs,
    }
    container.upload_blob(f"{folder}/manifest.json", json.dumps(manifest))


def fill(container):
    """Two runs of October, an unfinished one, a price sheet, markers of folders, an odd name, many old files."""
    run(container, "cost/daily", "ActualCost", 1, [rows(0, 100), rows(100, 100)])
    run(container, "cost/daily", "ActualCost", 2, [rows(0, 2000), rows(2000, 3000), rows(5000, 20000)])
    run(container, "cost/daily", "ActualCost", 3, [rows(0, 10)], promised=2)
    run(container, "cost/prices", "PriceSheet", 2, ["PriceType,BasePrice,EnrollmentNumber\nx,1,2\n"])
    container.upload_blob("cost/daily/a+b %20 ü&x?#.md", b"# no costs")
    container.upload_blob("cost", b"", metadata={"hdi_isfolder": "true"})
    container.upload_blob("archive/20260901-20260930/x_0_0001.csv", rows(0, 1))
    archived = container.get_blob_client("archive/20260901-20260930/x_0_0001.csv")
    archived.set_standard_blob_tier(StandardBlobTier.ARCHIVE)


class Storage(unittest.TestCase):
    """One Azurite for all checks of a class."""

    options = ()
    scheme = "http"
    more = ()

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.server = Azurite(cls.folder.name, *cls.prepared())
        cls.url = f"{cls.scheme}://127.0.0.1:{cls.server.port}/{ACCOUNT}"
        verify = cls.ca if cls.scheme == "https" else True
        service = BlobServiceClient(cls.url, credential=KEY, connection_verify=verify)
        cls.container = service.create_container("exports")
        fill(cls.container)

    @classmethod
    def prepared(cls):
        return ()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.folder.cleanup()

    def setUp(self):
        self.data = tempfile.TemporaryDirectory()
        self.addCleanup(self.data.cleanup)

    def sas(self, **changed):
        end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
        wanted = {"resource_types": ResourceTypes(container=True, object=True), "expiry": end}
        wanted |= {"permission": AccountSasPermissions(read=True, list=True)} | changed
        return generate_account_sas(ACCOUNT, KEY, **wanted)

    def ran(self, *arguments, env=None):
        command = [PROGRAM, "--data-dir", self.data.name, *self.more, *arguments]
        environment = {**os.environ, **(env or {})}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    def shown(self, source, *more, env=None):
        ended = self.ran("show", source, "--group-by", "month", "--format", "json", *more, env=env)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return json.loads(ended.stdout), ended.stderr


class BySas(Storage):
    def test_the_newest_complete_run_counts_and_is_fetched_once(self):
        sas = self.sas()
        source = f"{self.url}/exports/cost"
        document, said = self.shown(f"{source}?{sas}")
        self.assertEqual(document["totals"], [{"currency": "EUR", "cost": "250"}])
        self.assertEqual(document["rows"], 25000)
        self.assertIn("incomplete", said)
        self.assertIn("3 parts fetched", said)
        document, said = self.shown(source, env={"AZURE_STORAGE_SAS_TOKEN": sas})
        self.assertEqual(document["rows"], 25000)
        self.assertIn("nothing to fetch", said)
        document, _ = self.shown(source, "--offline")
        self.assertEqual(document["rows"], 25000)
        # The rows are in the ledger, and no text of them is left.
        listed = json.loads(self.ran("ledger", "list", "--format", "json").stdout)
        self.assertEqual([report["rows"] for report in listed["reports"]], [25000])
        for path in pathlib.Path(self.data.name, "storage").rglob("*.blob"):
            self.assertNotIn(b"CostInBillingCurrency", path.read_bytes(), path)
        signature = sas.split("sig=")[1][:20]
        for path in pathlib.Path(self.data.name).rglob("*"):
            if path.is_file():
                self.assertNotIn(signature.encode(), path.read_bytes(), path)

    def test_a_rewritten_part_is_fetched_again(self):
        sas = self.sas()
        name = "cost/daily/20261001-20261031/00000001-0000-4000-8000-000000000001"
        source = f"{self.url}/exports/{name}?{sas}"
        document, _ = self.shown(source)
        self.assertEqual(document["totals"][0]["cost"], "2")
        blob = self.container.get_blob_client(f"{name}/part_1_0001.csv")
        blob.upload_blob(rows(100, 99) + rows(100, 1).split("\n")[1].replace("0.01", "5.00") + "\n", overwrite=True)
        document, said = self.shown(source)
        self.assertEqual(document["totals"][0]["cost"], "6.99")
        self.assertIn("1 part fetched", said)

    def test_eleven_thousand_blobs_are_listed_in_pages(self):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            names = [f"many/notes/{number:05}.md" for number in range(10_999)]
            list(pool.map(lambda name: self.container.upload_blob(name, b"x"), names))
        self.container.upload_blob("many/costs.csv", rows(0, 7))
        document, said = self.shown(f"{self.url}/exports/many?{self.sas()}")
        self.assertEqual(document["rows"], 7)
        self.assertIn("11,000 blobs", said)

    def test_daily_and_one_time_exports_of_the_same_days_are_not_added(self):
        sas = self.sas()
        run(self.container, "twice/daily", "ActualCost", 2, [rows(0, 50)])
        run(self.container, "twice/once", "ActualCost", 3, [rows(0, 50)])
        ended = self.ran("show", f"{self.url}/exports/twice?{sas}", "--group-by", "month")
        self.assertEqual((ended.returncode, ended.stdout), (1, ""), ended.stderr)
        self.assertIn("exports of the same scope and days", ended.stderr)
        document, _ = self.shown(f"{self.url}/exports/twice/once?{sas}")
        self.assertEqual(document["rows"], 50)

    def test_odd_names_are_read(self):
        name = "odd/a+b %20 ü&x?#/päter's [1].csv"
        self.container.upload_blob(name, rows(0, 9))
        document, said = self.shown(f"{self.url}/exports/odd?{self.sas()}")
        self.assertEqual(document["rows"], 9, said)

    def test_a_place_that_changes_while_it_is_read_is_never_mixed(self):
        stop = threading.Event()

        def rewrite():
            number = 0
            while not stop.is_set():
                number += 1
                # Each state of the blob has one cost in all rows.
                text = rows(0, 3000).replace(",0.01,", f",{number % 7 + 1},")
                self.container.upload_blob("moving/costs.csv", text, overwrite=True)
                self.container.upload_blob(f"moving/{number % 3}.md", b"x", overwrite=True)
                self.container.delete_blob(f"moving/{number % 3}.md")

        self.container.upload_blob("moving/costs.csv", rows(0, 3000).replace(",0.01,", ",1,"))
        thread = threading.Thread(target=rewrite)
        thread.start()
        try:
            sas, codes = self.sas(), set()
            for _ in range(12):
                ended = self.ran("show", f"{self.url}/exports/moving?{sas}", "--group-by", "month", "--format", "json")
                codes.add(ended.returncode)
                if ended.returncode == 0:
                    cost = int(json.loads(ended.stdout)["totals"][0]["cost"])
                    self.assertIn(cost, [3000 * each for each in range(1, 8)])
                else:
                    # Twice listed again, and still written.
                    self.assertEqual((ended.returncode, ended.stdout), (1, ""), ended.stderr)
                self.assertNotIn(sas.split("sig=")[1], ended.stdout + ended.stderr)
        finally:
            stop.set()
            thread.join()
        document, _ = self.shown(f"{self.url}/exports/moving?{sas}")
        self.assertEqual(document["rows"], 3000, codes)

    def test_a_killed_fetch_goes_on(self):
        parts = [rows(at * 20_000, 20_000) for at in range(8)]
        run(self.container, "killed/daily", "ActualCost", 2, parts)
        source = f"{self.url}/exports/killed?{self.sas()}"
        for wait in (0.3, 0.6, 0.9):
            command = [PROGRAM, "--data-dir", self.data.name, "show", source, "--group-by", "month"]
            child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            child.kill()
            child.wait()
        document, said = self.shown(source)
        self.assertEqual((document["rows"], document["totals"][0]["cost"]), (160_000, "1600"), said)
        _, said = self.shown(source)
        self.assertIn("nothing to fetch", said)

    def test_the_same_export_in_two_containers_is_stored_twice(self):
        service = BlobServiceClient(self.url, credential=KEY)
        other = service.create_container("other")
        run(self.container, "placed/daily", "ActualCost", 2, [rows(0, 30)])
        run(other, "placed/daily", "ActualCost", 2, [rows(0, 40)])
        sas = self.sas()
        for _ in range(2):
            for container, count in (("exports", 30), ("other", 40)):
                document, said = self.shown(f"{self.url}/{container}/placed?{sas}")
                self.assertEqual(document["rows"], count)
        self.assertIn("nothing to fetch", said)
        listed = json.loads(self.ran("ledger", "list", "--format", "json").stdout)
        self.assertEqual([report["rows"] for report in listed["reports"]], [30, 40])

    def test_refusals_say_what_to_do(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        expired = self.sas(expiry=now - datetime.timedelta(minutes=1))
        cases = [
            ("cost", expired, "expired"),
            ("cost", self.sas(permission=AccountSasPermissions(read=True)), "sp=rl"),
            ("archive", self.sas(), "Rehydrate"),
            ("nothing", self.sas(), "there is no blob"),
            ("cost", "sv=2021-12-02&se=2099-01-01&ss=b&srt=co&sp=rl&sig=AAAAAAAAAAAA", "firewall"),
        ]
        for path, sas, words in cases:
            ended = self.ran("show", f"{self.url}/exports/{path}?{sas}", "--group-by", "month")
            self.assertNotEqual(ended.returncode, 0, path)
            self.assertIn(words, ended.stderr)
            self.assertNotIn("sig=", ended.stderr)


def unsigned_token():
    """Azurite checks claims, not signatures."""
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    now = int(time.time())
    claims = {"aud": "https://storage.azure.com", "iss": "https://sts.windows.net/ab1f708d-50f6-404c-a006-d71b2ac7a606/"}
    claims |= {"iat": now, "nbf": now, "exp": now + 3600}
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}.c2ln"


class ByToken(Storage):
    """A token of a stand-in for the Azure CLI, over https with a CA of its own."""

    scheme = "https"

    @classmethod
    def prepared(cls):
        folder = pathlib.Path(cls.folder.name)
        (folder / "ext").write_text("subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        for command in [
            "req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=probe-ca"
            " -addext basicConstraints=critical,CA:TRUE",
            "req -newkey rsa:2048 -nodes -keyout srv.key -out srv.csr -subj /CN=127.0.0.1",
            "x509 -req -in srv.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out srv.pem",
        ]:
            subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
        cls.ca = str(folder / "ca.pem")
        (folder / "ca.pem").chmod(0o644)
        az = folder / "az"
        token = json.dumps(
            {
                "accessToken": unsigned_token(),
                "expiresOn": "2099-01-01 00:00:00.000000",
                "expires_on": 4070908800,
                "subscription": "s",
                "tenant": "t",
                "tokenType": "Bearer",
            }
        )
        az.write_text(f"#!/bin/sh\necho \"$@\" >> {folder}/asked\ncat <<'END'\n{token}\nEND\n")
        az.chmod(0o755)
        cls.more = ("--ca-file", cls.ca, "--auth", "cli")
        return ("--oauth", "basic", "--cert", str(folder / "srv.pem"), "--key", str(folder / "srv.key"))

    def test_a_storage_token_opens_the_source(self):
        path = f"{self.folder.name}:{os.environ['PATH']}"
        document, said = self.shown(f"{self.url}/exports/cost", env={"PATH": path})
        self.assertEqual(document["totals"], [{"currency": "EUR", "cost": "250"}])
        self.assertIn("3 parts fetched", said)
        asked = pathlib.Path(self.folder.name, "asked").read_text()
        self.assertIn("https://storage.azure.com", asked)
        self.assertNotIn("management", asked)


if __name__ == "__main__":
    PROGRAM, AZURITE = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
