#!/usr/bin/env python3
"""Ask the emulator with Microsoft's SDKs, as the programs that use them do.

usage: check.py PROGRAM [options of unittest, such as -v or -k filter]

Every check starts `PROGRAM demo --serve` with a scenario, on any free port. Amounts are compared as decimals: the files
of both reports, the pages of Usage Details and every filter must agree to the last digit.
"""
import datetime
import sys
import unittest

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from check_usage import Filters, UsageDetails, group_of  # noqa: F401: unittest runs the classes named here
from emulated import (
    EA,
    EA_ACCOUNT,
    LOCKED,
    MCA,
    MCA_ACCOUNT,
    MPA_ACCOUNT,
    NOBODY,
    OCTOBER,
    PAYG,
    PROD,
    PROFILE,
    QUICK,
    TENANT,
    Check,
    Clients,
    Emulator,
    Unsigned,
    days,
    fetched,
    of_details,
    of_file,
    total,
)


class Reports(Check):
    def files(self, result):
        self.assertEqual(result.status, "Completed")
        manifest = result.manifest
        blobs = [fetched(blob.blob_link) for blob in manifest.blobs]
        self.assertEqual(manifest.data_format, "Csv")
        self.assertEqual(manifest.blob_count, len(blobs))
        self.assertEqual([blob.byte_count for blob in manifest.blobs], [len(blob) for blob in blobs])
        self.assertEqual(manifest.byte_count, sum(map(len, blobs)))
        left = result.valid_till - datetime.datetime.now(datetime.timezone.utc)
        self.assertAlmostEqual(left.total_seconds(), 12 * 3600, delta=120)
        return [row for blob in blobs for row in of_file(blob)]

    def test_cost_details_end_with_the_manifest(self):
        result = self.finished(self.azure.details())
        asked = result.manifest.request_context
        self.assertEqual(asked.request_scope, EA)
        self.assertEqual((asked.request_body.metric, asked.request_body.time_period), ("ActualCost", OCTOBER))
        rows = self.files(result)
        self.assertEqual({row[0].month for row in rows}, {10})
        polls = [seen.status for seen in self.azure.seen if seen.method == "GET"]
        self.assertEqual(polls, [202, 202, 200])
        scope = result.id.partition("/providers/Microsoft.CostManagement/")[0]
        again = self.azure.costs.generate_cost_details_report.begin_get_operation_results(scope, result.name)
        self.assertEqual(self.finished(again).manifest.byte_count, result.manifest.byte_count)

    def test_detailed_report_ends_with_its_link(self):
        result = self.finished(self.azure.detailed())
        rows = of_file(fetched(result.download_url))
        self.same(rows, self.files(self.finished(self.azure.details())))
        self.assertGreater(result.valid_till, datetime.datetime.now(datetime.timezone.utc))
        results = self.azure.costs.generate_detailed_cost_report_operation_results
        again = self.finished(results.begin_get(result.name, EA))
        self.same(rows, of_file(fetched(again.download_url)))
        status = self.azure.costs.generate_detailed_cost_report_operation_status.get(result.name, EA)
        self.assertEqual((status.status.status, status.error.code), ("Completed", "0"))
        self.same(rows, of_file(fetched(status.download_url)))

    def test_amortized_cost_is_another_report(self):
        rows = self.files(self.finished(self.azure.details(metric="AmortizedCost")))
        self.assertIn("UnusedReservation", {row[2] for row in rows})
        self.same(rows, of_file(fetched(self.finished(self.azure.detailed(metric="AmortizedCost")).download_url)))
        self.assertNotEqual(total(rows), total(self.files(self.finished(self.azure.details()))))

    def test_billing_periods_and_invoices(self):
        october = self.files(self.finished(self.azure.details()))
        self.same(october, self.files(self.finished(self.azure.details(billingPeriod="202610"))))
        profile = f"{MCA}/billingProfiles/{PROFILE}"
        october = self.files(self.finished(self.azure.details(profile)))
        self.same(october, self.files(self.finished(self.azure.details(profile, invoiceId="G20261001"))))
        self.assertEqual(set(total(october)), {"EUR"})

    def test_another_process_goes_on_with_a_poller(self):
        for begin, kept in [
            (self.azure.details, Clients(QUICK).costs.generate_cost_details_report),
            (self.azure.detailed, Clients(QUICK).costs.generate_detailed_cost_report),
        ]:
            poller = begin()
            token = poller.continuation_token()
            again = kept.begin_create_operation(EA, {}, continuation_token=token)
            self.assertEqual(self.finished(again).name, self.finished(poller).name)

    def test_slashes_around_a_scope_are_no_part_of_it(self):
        for scope in [f"/{EA}", f"{EA}/", f"/{EA}/"]:
            self.assertEqual(self.finished(self.azure.details(scope)).manifest.request_context.request_scope, EA)

    def test_refused_orders_are_errors_of_the_sdk(self):
        long = {"start": "2026-09-01", "end": "2026-10-31"}
        old = {"start": "2025-10-01", "end": "2025-10-02"}
        for begin in [self.azure.details, self.azure.detailed]:
            for kind, status, code, call in [
                (HttpResponseError, 400, "400", lambda: begin(metric="Cost")),
                (HttpResponseError, 400, "400", lambda: begin(timePeriod=long)),
                (HttpResponseError, 400, "400", lambda: begin(timePeriod=old)),
                (HttpResponseError, 400, "400", lambda: begin(timePeriod=OCTOBER, billingPeriod="202610")),
                (HttpResponseError, 400, "BadRequest", lambda: begin(f"subscriptions/{PROD}/resourceGroups/rg-web")),
                (HttpResponseError, 403, "RBACAccessDenied", lambda: begin(f"subscriptions/{LOCKED}")),
                (HttpResponseError, 422, "422", lambda: begin(f"subscriptions/{PAYG}")),
                (ResourceNotFoundError, 404, "NotFound", lambda: begin(f"subscriptions/{NOBODY}")),
            ]:
                with self.subTest(begin=begin.__name__, status=status, code=code):
                    self.refused(kind, status, code, call)

    def test_unknown_operations_are_not_found(self):
        costs = self.azure.costs
        for call in [
            lambda: costs.generate_cost_details_report.begin_get_operation_results(EA, NOBODY),
            lambda: costs.generate_detailed_cost_report_operation_results.begin_get(NOBODY, EA),
            lambda: costs.generate_detailed_cost_report_operation_status.get(NOBODY, EA),
        ]:
            self.refused(ResourceNotFoundError, 404, "NotFound", call)

    def test_a_client_without_a_token_is_turned_away(self):
        azure = Clients(self.script, Unsigned)
        self.refused(ClientAuthenticationError, 401, "AuthenticationFailed", azure.details)
        self.refused(ClientAuthenticationError, 401, "AuthenticationFailed", azure.subscriptions.tenants.list)


class FailingReports(Check):
    script = QUICK + 'ending = "failed"\n'

    def test_failed_cost_details_are_a_result_that_says_so(self):
        result = self.finished(self.azure.details())
        self.assertEqual((result.status, result.error.code), ("Failed", "500"))
        self.assertIn("could not be generated", result.error.message)

    def test_a_failed_detailed_report_is_an_error_of_the_sdk(self):
        poller = self.azure.detailed()
        error = self.refused(HttpResponseError, 400, "BadRequest", lambda: self.finished(poller))
        self.assertIn("could not be generated", error.message)
        self.assertEqual(poller.status(), "Failed")

    def test_polls_that_fail_are_errors_of_the_sdk(self):
        azure = Clients(
            QUICK + '[[disturbances]]\nmeets = "poll"\ntimes = 99\nstatus = 403\n'
            'body = \'{"error":{"code":"BillingAccessDenied","message":"No role."}}\'\n'
        )
        for begin in [azure.details, azure.detailed]:
            self.refused(HttpResponseError, 403, "BillingAccessDenied", lambda: self.finished(begin()))


class EmptyReports(Check):
    script = QUICK + 'ending = "no-data-found"\n'

    def test_cost_details_without_data_have_no_manifest(self):
        result = self.finished(self.azure.details())
        self.assertEqual((result.status, result.manifest), ("NoDataFound", None))

    def test_a_detailed_report_without_data_has_no_link(self):
        self.assertIsNone(self.finished(self.azure.detailed()).download_url)


class Discovery(Check):
    def test_subscriptions(self):
        found = list(self.azure.subscriptions.subscriptions.list())
        self.assertEqual([seen.status for seen in self.azure.seen], [200, 200], "two pages")
        self.assertEqual(len({one.subscription_id for one in found}), 10)
        for one in found:
            self.assertEqual(self.azure.subscriptions.subscriptions.get(one.subscription_id), one)
        one = self.azure.subscriptions.subscriptions.get(PAYG.upper())
        self.assertEqual((one.id, one.display_name, one.state), (f"/subscriptions/{PAYG}", "payg-sandbox", "Enabled"))
        self.assertEqual(one.subscription_policies.quota_id, "PayAsYouGo_2014-09-01")
        self.refused(
            ResourceNotFoundError,
            404,
            "SubscriptionNotFound",
            lambda: self.azure.subscriptions.subscriptions.get(NOBODY),
        )

    def test_tenants(self):
        tenants = list(self.azure.subscriptions.tenants.list())
        self.assertEqual([(one.id, one.tenant_id) for one in tenants], [(f"/tenants/{TENANT}", TENANT)])
        self.assertEqual((tenants[0].display_name, tenants[0].tenant_category), ("Contoso", "Home"))
        for one in self.azure.subscriptions.subscriptions.list():
            self.assertEqual(one.tenant_id, TENANT)

    def test_resource_groups_are_those_of_the_costs(self):
        groups = self.azure.resources(PROD).resource_groups
        found = list(groups.list())
        rows = self.azure.rows(f"subscriptions/{PROD}")
        self.assertEqual({one.name for one in found}, {group_of(row) for row in rows})
        for one in found:
            self.assertEqual(one.id, f"/subscriptions/{PROD}/resourceGroups/{one.name}")
            self.assertEqual(one.type, "Microsoft.Resources/resourceGroups")
            self.assertTrue(one.location)
            self.assertEqual(groups.get(one.name.upper()), one)
            self.assertTrue(groups.check_existence(one.name))
        self.assertFalse(groups.check_existence("rg-nobody"))
        self.assertEqual(list(groups.list(top=2)), found[:2])
        self.refused(ResourceNotFoundError, 404, "ResourceGroupNotFound", lambda: groups.get("rg-nobody"))
        self.refused(
            ResourceNotFoundError,
            404,
            "SubscriptionNotFound",
            lambda: self.azure.resources(NOBODY).resource_groups.list(),
        )

    def test_billing_accounts(self):
        accounts = self.azure.billing.billing_accounts
        found = list(accounts.list())
        self.assertEqual(len(found), 4)
        for one in found:
            self.assertEqual(accounts.get(one.name), one)
        one = accounts.get(MCA_ACCOUNT)
        self.assertEqual(one.id, f"/{MCA}")
        self.assertEqual(one.properties.agreement_type, "MicrosoftCustomerAgreement")
        self.assertEqual(accounts.get(EA_ACCOUNT).properties.enrollment_details.currency, "USD")
        self.refused(ResourceNotFoundError, 404, "ResourceNotFound", lambda: accounts.get("1234567"))

    def test_what_a_billing_account_holds(self):
        billing = self.azure.billing
        section = list(billing.invoice_sections.list_by_billing_profile(MCA_ACCOUNT, PROFILE))
        self.assertEqual([one.name for one in section], ["PR0D-7XQ2-PJA-PGB", "D3VE-9RT4-PJA-PGB"])
        for found, get in [
            (
                billing.billing_profiles.list_by_billing_account(MCA_ACCOUNT),
                lambda name: billing.billing_profiles.get(MCA_ACCOUNT, name),
            ),
            (section, lambda name: billing.invoice_sections.get(MCA_ACCOUNT, PROFILE, name)),
            (
                billing.departments.list_by_billing_account(EA_ACCOUNT),
                lambda name: billing.departments.get(EA_ACCOUNT, name),
            ),
            (
                billing.enrollment_accounts.list_by_billing_account(EA_ACCOUNT),
                lambda name: billing.enrollment_accounts.get(EA_ACCOUNT, name),
            ),
            (
                billing.customers.list_by_billing_account(MPA_ACCOUNT),
                lambda name: billing.customers.get_by_billing_account(MPA_ACCOUNT, name),
            ),
        ]:
            found = list(found)
            self.assertTrue(found)
            for one in found:
                self.assertEqual(get(one.name), one)
        agreement = billing.billing_property.get().properties.billing_account_agreement_type
        self.assertEqual(agreement, "MicrosoftOnlineServicesProgram")

    def test_management_groups(self):
        groups = self.azure.groups.management_groups
        self.assertEqual([one.name for one in groups.list()], [TENANT, "mg-prod"])
        self.assertEqual(groups.get("mg-prod").properties.display_name, "mg-prod")
        below = [one.name for one in groups.get_descendants("mg-prod")]
        self.assertIn(PROD, below)
        self.refused(ResourceNotFoundError, 404, "ResourceNotFound", lambda: groups.get("mg-nobody"))


def throttled(target, after, times=1, status=429, wait=2):
    body = '{"error":{"code":"429","message":"Too many requests. Please retry."}}'
    return (
        f'[[disturbances]]\nmeets = "{target}"\nafter = {after}\ntimes = {times}\nstatus = {status}\n'
        f"headers = {{ \"Retry-After\" = \"{wait}\" }}\nbody = '{body}'\n"
    )


class Throttling(Check):
    """A server that says when to come back. The SDK's first poll follows the order at once, whatever the 202 says."""

    script = (
        QUICK
        + throttled("order", 0, times=2, wait=1)
        + throttled("poll", 0)
        + throttled("poll", 2, status=503)
        + throttled("usage", 1)
        + throttled("list", 0)
    )

    def waits(self):
        """Every wait that the server asked for, beside the one that the SDK kept."""
        pairs = []
        for one, other in zip(self.azure.seen, self.azure.seen[1:]):
            first_poll = one.method == "POST" and one.status == 202
            if "Retry-After" in one.headers and not first_poll:
                pairs.append((one.status, int(one.headers["Retry-After"]), other.sent - one.answered))
        return pairs

    def kept(self, wanted):
        waits = self.waits()
        self.assertEqual([(status, asked) for status, asked, _ in waits], wanted)
        for status, asked, waited in waits:
            self.assertGreaterEqual(waited, asked - 0.01, f"after {status}")

    def test_cost_details(self):
        self.assertEqual(self.finished(self.azure.details()).status, "Completed")
        self.kept([(429, 1), (429, 1), (429, 2), (202, 1), (503, 2), (202, 1)])
        self.assertEqual([seen.status for seen in self.azure.seen if seen.method == "POST"], [429, 429, 202])

    def test_detailed_report(self):
        self.assertTrue(self.finished(self.azure.detailed(f"subscriptions/{PROD}")).download_url)
        self.kept([(429, 1), (429, 1), (429, 2), (202, 1), (503, 2), (202, 1)])

    def test_pages(self):
        filter = days("2026-10-01", "2026-10-10")
        rows = of_details(self.azure.rows(EA, filter=filter))
        self.kept([(429, 2)])
        self.same(rows, of_details(Clients(QUICK).rows(EA, filter=filter)))

    def test_lists(self):
        self.assertEqual(len(list(self.azure.subscriptions.subscriptions.list())), 10)
        self.kept([(429, 2)])

    def test_a_client_that_does_not_wait_gets_the_error(self):
        def order():
            poller = self.azure.costs.generate_cost_details_report
            return poller.begin_create_operation(f"subscriptions/{PROD}", {"metric": "AmortizedCost"}, retry_total=0)

        self.refused(HttpResponseError, 429, "429", order)


def tearDownModule():
    Emulator.stop_all()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    Emulator.program = sys.argv.pop(1)
    unittest.main()
