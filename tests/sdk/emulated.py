"""What the checks share: the emulator, the SDKs' clients for it, and the rows of its files and pages in one form."""
import collections
import collections.abc
import csv
import datetime
import io
import os
import pathlib
import subprocess
import tempfile
import time
import unittest
import urllib.request
from decimal import Decimal

# Nothing on this machine goes through a proxy.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.mgmt.billing import BillingManagementClient
from azure.mgmt.consumption import ConsumptionManagementClient
from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
from azure.mgmt.costmanagement import CostManagementClient
from azure.mgmt.managementgroups import ManagementGroupsMgmtClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient

EA_ACCOUNT = "8608480"
MCA_ACCOUNT = "e62a0d4c-5b1f-4c3e-9a57-0c4f8d1b7e21:1ef3c9a0-7d42-4b6e-8f10-2a9b6c5d4e3f_2019-05-31"
MPA_ACCOUNT = "9a1b2c3d-0c4f-4d1b-8e21-5b1f4c3e9a57:6c5d4e3f-2a9b-4b6e-8f10-1ef3c9a07d42_2019-05-31"
ROOT = "providers/Microsoft.Billing/billingAccounts"
EA, MCA = f"{ROOT}/{EA_ACCOUNT}", f"{ROOT}/{MCA_ACCOUNT}"
PROFILE = "KQ7L-HM2T-BG7-PGB"
PROD = "3f1c2b7e-0001-4e5a-9d10-6b2f4c8a9a02"
PAYG = "77b0f3d1-0001-4c8e-b2a4-13579bdf12de"
LOCKED = "10cced00-0001-4d9f-8c3b-fedcba987654"
NOBODY = "00000000-0000-4000-8000-000000000000"
TENANT = "5c0ffee0-1234-4abc-9def-00c05750ca1e"
OCTOBER = {"start": "2026-10-01", "end": "2026-10-31"}
PAGE = 200

QUICK = f'today = "2026-11-22"\npolls = 2\nretry-after = 1\nusage-page = {PAGE}\n'
# The longest wait for a report; a poller that never ends fails its check.
PATIENCE = 20


class Emulator:
    """A running `demo --serve`."""

    program = ""
    started = {}

    def __init__(self, script):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        scenario = folder / "scenario.toml"
        scenario.write_text(script)
        command = [self.program, "--data-dir", folder / "data", "demo", "--serve", "--scenario", scenario]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        if not self.url.startswith("http://127.0.0.1:"):
            raise RuntimeError(f"{self.program} serves nothing: {self.url!r}")

    @classmethod
    def of(cls, script):
        """The emulator of a scenario, started where there is none yet."""
        if script not in cls.started:
            cls.started[script] = cls(script)
        return cls.started[script]

    @classmethod
    def stop_all(cls):
        for emulator in cls.started.values():
            emulator.process.terminate()
            emulator.process.wait()
            emulator.process.stdout.close()
            emulator.folder.cleanup()
        cls.started.clear()


class MadeUp:
    """A credential whose token is any word."""

    def get_token(self, *scopes, **_):
        return AccessToken("made-up", int(time.time()) + 3600)


Exchange = collections.namedtuple("Exchange", "method url status headers sent answered")


class Loopback(ARMChallengeAuthenticationPolicy):
    """The SDK's own sign-in, allowed without TLS. It is the last policy before the wire, so it sees every try."""

    def __init__(self):
        super().__init__(MadeUp(), "https://management.azure.com/.default")
        self.seen = []

    def on_request(self, request):
        request.context["enforce_https"] = False
        super().on_request(request)

    def send(self, request):
        sent = time.monotonic()
        answer = super().send(request)
        asked, told = request.http_request, answer.http_response
        times = (sent, time.monotonic())
        self.seen.append(Exchange(asked.method, asked.url, told.status_code, told.headers, *times))
        return answer


class Unsigned(Loopback):
    """A client that forgets its token."""

    def on_request(self, request):
        pass


class Clients:
    """All clients, for one emulator."""

    def __init__(self, script, policy=Loopback):
        self.url = Emulator.of(script).url
        self.policy = policy()
        common = {"base_url": self.url, "authentication_policy": self.policy}
        self.costs = CostManagementClient(MadeUp(), **common)
        self.usage = ConsumptionManagementClient(MadeUp(), PROD, **common)
        self.subscriptions = SubscriptionClient(MadeUp(), **common)
        self.billing = BillingManagementClient(MadeUp(), PAYG, **common)
        self.groups = ManagementGroupsMgmtClient(MadeUp(), **common)
        self.common = common

    @property
    def seen(self):
        return self.policy.seen

    def resources(self, subscription):
        return ResourceManagementClient(MadeUp(), subscription, **self.common)

    def details(self, scope=EA, metric="ActualCost", **period):
        order = {"metric": metric, **(period or {"timePeriod": OCTOBER})}
        return self.costs.generate_cost_details_report.begin_create_operation(scope, order)

    def detailed(self, scope=EA, metric="ActualCost", **period):
        order = {"metric": metric, **(period or {"timePeriod": OCTOBER})}
        return self.costs.generate_detailed_cost_report.begin_create_operation(scope, order)

    def rows(self, scope, **options):
        return list(self.usage.usage_details.list(scope, **options))


def fetched(link):
    """A file of a report; the link is all it takes."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(link) as answer:
        return answer.read()


# What is compared of a row: day, resource, charge type, quantity, amount, currency.
def of_file(data):
    rows = []
    for record in csv.DictReader(io.StringIO(data.decode("utf-8-sig"))):
        record = {name.lower(): value for name, value in record.items()}
        day = datetime.datetime.strptime(record["date"], "%m/%d/%Y").date()
        amount = Decimal(record["costinbillingcurrency"])
        currency = record.get("billingcurrencycode") or record["billingcurrency"]
        rows.append(
            (day, record["resourceid"], record["chargetype"], Decimal(record["quantity"]), amount, currency)
        )
    return rows


def of_detail(detail):
    own = detail.properties
    if detail.kind == "legacy":
        place, amount, currency = own.resource_id, own.cost, own.billing_currency
    else:
        place, amount, currency = own.instance_name, own.cost_in_billing_currency, own.billing_currency_code
    return (own.date.date(), place, own.charge_type, exact(own.quantity), exact(amount), currency)


def exact(number):
    return Decimal(str(number))


def of_details(details):
    return [of_detail(detail) for detail in details]


def total(rows):
    sums = collections.defaultdict(Decimal)
    for *_, amount, currency in rows:
        sums[currency] += amount
    return dict(sums)


def days(first, last):
    return f"properties/usageStart ge '{first}' and properties/usageEnd le '{last}'"


class Check(unittest.TestCase):
    script = QUICK

    def setUp(self):
        self.azure = Clients(self.script)

    def finished(self, poller):
        """The result of a poller that ends in time."""
        poller.wait(PATIENCE)
        self.assertTrue(poller.done(), f"the poller does not end; its status is {poller.status()!r}")
        return poller.result()

    def same(self, one, other):
        self.assertEqual(collections.Counter(one), collections.Counter(other))
        self.assertEqual(total(one), total(other))

    def refused(self, kind, status, code, call):
        """A call fails with the SDK's error of a kind, and the error has the server's code and words."""
        with self.assertRaises(HttpResponseError) as caught:
            answer = call()
            # A list asks for its first page only when it is read.
            if isinstance(answer, collections.abc.Iterator):
                list(answer)
        error = caught.exception
        self.assertIs(type(error), kind)
        self.assertEqual((error.status_code, error.error.code), (status, code))
        self.assertTrue(error.error.message)
        return error
