"""Usage Details: every page, every filter."""
import operator

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError

from emulated import EA, LOCKED, MCA, NOBODY, PAGE, PAYG, Check, days, fetched, of_details, of_file, total


class UsageDetails(Check):
    def files(self, scope, metric="ActualCost"):
        blobs = self.finished(self.azure.details(scope, metric)).manifest.blobs
        return [row for blob in blobs for row in of_file(fetched(blob.blob_link))]

    def test_every_page_of_a_legacy_account_adds_up_to_its_report(self):
        for word, metric in [("actualcost", "ActualCost"), ("amortizedcost", "AmortizedCost")]:
            before = len(self.azure.seen)
            filter = days("2026-10-01", "2026-10-31")
            details = self.azure.rows(EA, metric=word, filter=filter)
            pages = len(self.azure.seen) - before
            self.assertEqual({detail.kind for detail in details}, {"legacy"})
            self.assertEqual(pages, -(-len(details) // PAGE))
            self.assertGreater(pages, 10)
            self.same(of_details(details), self.files(EA, metric))

    def test_every_page_of_a_modern_account_adds_up_to_its_report(self):
        span = {"startDate": "2026-10-01", "endDate": "2026-10-31"}
        details = self.azure.rows(MCA, metric="actualcost", params=dict(span))
        self.assertEqual({detail.kind for detail in details}, {"modern"})
        self.assertGreater(len(details), 5 * PAGE)
        rows = of_details(details)
        self.assertEqual(set(total(rows)), {"EUR", "USD"})
        self.same(rows, self.files(MCA))

    def test_modern_accounts_ignore_filters(self):
        rows = self.azure.rows(MCA, filter="properties/chargeType eq 'Nonsense'")
        self.same(of_details(rows), of_details(self.azure.rows(MCA)))
        self.assertEqual({row.properties.date.month for row in rows}, {11})

    def test_smaller_pages_hold_the_same_rows(self):
        filter = days("2026-10-01", "2026-10-05")
        rows = self.azure.rows(EA, filter=filter)
        for top in [1000, 97, 40]:
            before = len(self.azure.seen)
            self.same(of_details(rows), of_details(self.azure.rows(EA, filter=filter, top=top)))
            self.assertEqual(len(self.azure.seen) - before, -(-len(rows) // min(top, PAGE)))

    def test_the_most_recent_rows_come_first(self):
        page = next(self.azure.usage.usage_details.list(EA, top=5).by_page())
        self.assertEqual([row.properties.date.day for row in page], [22] * 5)

    def test_the_default_is_the_current_month_and_a_billing_period_is_its_own(self):
        scope = f"subscriptions/{PAYG}"
        dates = [row.properties.date.date() for row in self.azure.rows(scope)]
        self.assertEqual((str(min(dates)), str(max(dates))), ("2026-11-01", "2026-11-22"))
        period = f"{scope}/providers/Microsoft.Billing/billingPeriods/202610"
        october = of_details(self.azure.rows(scope, filter=days("2026-10-01", "2026-10-31")))
        self.same(of_details(self.azure.rows(period)), october)
        part = of_details(self.azure.rows(period, filter=days("2026-09-20", "2026-10-03")))
        self.same(part, [row for row in october if row[0].day <= 3])

    def test_slashes_around_a_scope_are_no_part_of_it(self):
        rows = of_details(self.azure.rows(f"subscriptions/{PAYG}"))
        self.same(rows, of_details(self.azure.rows(f"/subscriptions/{PAYG}/")))

    def test_members_come_only_when_they_are_asked_for(self):
        for expand, meters, info in [
            (None, False, False),
            ("meterDetails", True, False),
            ("additionalInfo", False, True),
            ("properties/meterDetails", True, False),
            ("meterDetails,additionalInfo", True, True),
            ("properties/meterDetails,properties/additionalInfo", True, True),
        ]:
            rows = self.azure.rows(EA, expand=expand, filter=days("2026-10-05", "2026-10-05"))
            with self.subTest(expand=expand):
                self.assertEqual(any(row.properties.meter_details for row in rows), meters)
                self.assertEqual(any(row.properties.additional_info for row in rows), info)

    def test_refused_requests_are_errors_of_the_sdk(self):
        for kind, status, code, scope, options in [
            (ClientAuthenticationError, 401, "RBACAccessDenied", f"subscriptions/{LOCKED}", {}),
            (ResourceNotFoundError, 404, "NotFound", f"subscriptions/{NOBODY}", {}),
            (HttpResponseError, 400, "400", EA, {"metric": "cost"}),
            (HttpResponseError, 400, "400", f"{MCA}/providers/Microsoft.Billing/billingPeriods/202610", {}),
            (HttpResponseError, 400, "400", f"{EA}/providers/Microsoft.Billing/billingPeriods/october", {}),
        ]:
            with self.subTest(scope=scope):
                self.refused(kind, status, code, lambda: self.azure.rows(scope, **options))


OPERATORS = {"eq": operator.eq, "lt": operator.lt, "gt": operator.gt, "le": operator.le, "ge": operator.ge}


def group_of(detail):
    """The resource group as the resource's id has it: the member is often null."""
    parts = (detail.properties.resource_id or "").split("/")
    return parts[4].lower() if len(parts) > 4 else None


PROPERTIES = {
    "properties/resourceGroup": group_of,
    "properties/resourceName": lambda detail: detail.properties.resource_name,
    "properties/resourceId": lambda detail: detail.properties.resource_id,
    "properties/chargeType": lambda detail: detail.properties.charge_type,
    "properties/reservationId": lambda detail: detail.properties.reservation_id,
}


class Filters(Check):
    """What `$filter` leaves is what the same comparison leaves of everything."""

    span = days("2026-10-01", "2026-10-05")

    def left(self, filter, scope=EA):
        return of_details(self.azure.rows(scope, filter=f"{self.span} and {filter}"))

    def whole(self, scope=EA):
        return self.azure.rows(scope, filter=self.span)

    def test_every_property_and_comparison(self):
        whole = self.whole()
        for name, member in PROPERTIES.items():
            values = sorted({member(detail) for detail in whole} - {None, ""})
            self.assertGreater(len(values), 1, name)
            for literal in [values[0], values[len(values) // 2], values[-1], values[0] + "-"]:
                for word, holds in OPERATORS.items():
                    wanted = [d for d in whole if member(d) is not None and holds(member(d), literal)]
                    with self.subTest(filter=f"{name} {word} '{literal}'"):
                        self.same(self.left(f"{name} {word} '{literal}'"), of_details(wanted))

    def test_resource_groups_compare_without_case(self):
        small = self.left("properties/resourceGroup eq 'rg-web'")
        self.assertTrue(small)
        self.same(small, self.left("properties/resourceGroup eq 'RG-Web'"))

    def test_tags(self):
        whole = self.whole()
        pairs = {(key.lower(), value) for detail in whole for key, value in (detail.tags or {}).items()}
        self.assertTrue({("env", "qa:eu"), ("env", 'a,b "c"')} <= pairs, "values that are hard to quote")
        for key, value in sorted(pairs):
            wanted = [d for d in whole if (key, value) in {(k.lower(), v) for k, v in (d.tags or {}).items()}]
            with self.subTest(tag=key, value=value):
                self.same(self.left(f"tags eq '{key}:{value}'"), of_details(wanted))
        self.assertEqual(self.left("tags eq 'env:nobody''s'"), [])

    def test_comparisons_join_with_and(self):
        whole = self.whole()
        wanted = [
            detail
            for detail in whole
            if group_of(detail) == "rg-data"
            and detail.properties.charge_type == "Usage"
            and "vm" <= detail.properties.resource_name < "w"
        ]
        self.assertTrue(wanted)
        filter = (
            "properties/resourceGroup eq 'rg-data' and properties/chargeType eq 'Usage' "
            "and properties/resourceName ge 'vm' and properties/resourceName lt 'w'"
        )
        self.same(self.left(filter), of_details(wanted))

    def test_publisher_types_of_pay_as_you_go(self):
        scope = f"subscriptions/{PAYG}"
        whole = self.whole(scope)
        for word in ["azure", "marketplace"]:
            wanted = [d for d in whole if d.properties.publisher_type.lower() == word]
            self.same(self.left(f"properties/publisherType eq '{word}'", scope), of_details(wanted))

    def test_days(self):
        october = self.azure.rows(EA, filter=days("2026-10-01", "2026-10-31"))
        start, end = "properties/usageStart", "properties/usageEnd"
        for filter, first, last in [
            (f"{start} ge '2026-10-05' and {end} le '2026-10-07'", 5, 7),
            (f"{start} gt '2026-10-05' and {end} lt '2026-10-07'", 6, 6),
            (f"{start} eq '2026-10-05'", 5, 5),
            (f"{end} eq '2026-10-05'", 5, 5),
            (f"{end} ge '2026-10-05' and {end} le '2026-10-06'", 5, 6),
            (f"{start} ge '2026-10-05' and {start} lt '2026-10-07'", 5, 6),
            (f"{end} le '2026-10-06' and {start} ge '2026-10-05'", 5, 6),
            (f"{start} ge '2026-10-05T00:00:00.000Z' and {end} le '2026-10-06T23:59:59Z'", 5, 6),
            (f"{start} ge '2026-10-06' and {end} le '2026-10-05'", 6, 5),
        ]:
            wanted = [detail for detail in october if first <= detail.properties.date.day <= last]
            with self.subTest(filter=filter):
                self.same(of_details(self.azure.rows(EA, filter=filter)), of_details(wanted))

    def test_what_the_service_does_not_support_is_refused(self):
        payg = f"subscriptions/{PAYG}"
        for scope, filter in [
            (EA, "properties/chargeType ne 'Usage'"),
            (EA, "not properties/chargeType eq 'Usage'"),
            (EA, "properties/chargeType eq 'Usage' or properties/chargeType eq 'Refund'"),
            (EA, "properties/cost gt '1'"),
            (EA, "properties/chargeType eq Usage"),
            (EA, "properties/chargeType eq 'Usage"),
            (EA, "properties/usageStart ge 'yesterday'"),
            (EA, "properties/publisherType eq 'azure'"),
            (EA, "tags eq 'env'"),
            (EA, "tags ge 'env:prod'"),
            (payg, "properties/publisherType eq 'someone'"),
            (payg, "properties/publisherType ge 'azure'"),
        ]:
            with self.subTest(filter=filter):
                self.refused(HttpResponseError, 400, "400", lambda: self.azure.rows(scope, filter=filter))
