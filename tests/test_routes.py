"""routes.toml: what it means when it is right, and which sentence helps when it is not."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

import pytest
from erp_adapter.balance import MoneyPolicy
from erp_adapter.errors import Misconfigured
from erp_adapter.order import Shop
from erp_adapter.routes import (
    DEFAULT_STATUSES,
    EventRule,
    Route,
    Routes,
    check_profile,
    load_routes,
    load_waiting,
    load_webhooks,
)
from erp_adapter.verification import Proof

SHOP_URL = "https://omnitron.example.com"
EVENT = """
[[event]]
type = "order.created"
pk = "payload.pk || data.pk"
"""
ROUTE = """
[[route]]
name = "logo"
profile = "ubl-order"
destination = "s3"
start_from = 2026-03-01
"""
Load = Callable[[str], Routes]
Fail = Callable[[str], str]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Loads a file with this text."""

    def loaded(text: str) -> Routes:
        (tmp_path / "routes.toml").write_text(text, "utf-8")
        return load_routes(tmp_path / "routes.toml", shop_url=SHOP_URL)

    return loaded


@pytest.fixture
def complaint(load: Load) -> Fail:
    """The sentence with which a file with this text is refused."""

    def refused(text: str) -> str:
        with pytest.raises(Misconfigured) as caught:
            load(text)
        assert "routes.toml" in caught.value.message
        return caught.value.message

    return refused


def with_route(lines: str) -> str:
    return f"{EVENT}{ROUTE}{lines}\n"


def instead(line: str) -> str:
    """The usual file, with this line of the route instead of the one of the same key."""
    key = line.split(" ", maxsplit=1)[0]
    kept = [given for given in ROUTE.splitlines() if not given.startswith(f"{key} ")]
    return "\n".join([EVENT, *kept, line, ""])


# ------------------------------------------------------------------ what it means


def test_the_smallest_file_has_every_default(load: Load) -> None:
    assert load(EVENT + ROUTE) == Routes(
        shop=Shop(url=SHOP_URL),
        events=(EventRule(type="order.created", pk="payload.pk || data.pk", number=None),),
        routes=(
            Route(
                name="logo",
                profile="ubl-order",
                destination="s3",
                start_from=datetime(2026, 2, 28, 21, tzinfo=UTC),
                channels=(),
                statuses=(400, 450),
                already_in_erp="mapping",
                acknowledge="after-write",
                on_change="record",
                settings={},
                money=MoneyPolicy(),
            ),
        ),
    )


def test_every_field_can_be_said(load: Load) -> None:
    found = load("""
        [shop]
        integration_type = "sales_channel"
        quantity_key = "adet"
        price_basis = "unit"
        color_key = "color"
        size_key = "size"

        [[event]]
        type = "order.updated"
        pk = "payload.pk"
        number = "payload.number"

        [[route]]
        name = "netsis_2"
        profile = "csv-flat"
        destination = "sqs"
        channels = ["web", 3, "Mağaza"]
        statuses = [400]
        start_from = 2026-03-01T09:00:00+03:00
        already_in_erp = "ignore"
        acknowledge = "never"
        on_change = "record"
        settings = { depot = "01", series = [1, 2], rates = { try = 1.0 }, since = 2026-01-01 }

        [route.money]
        interest = "outside"
        tolerance = 0.01
    """)
    assert found.shop == Shop(
        url=SHOP_URL, integration_type="sales_channel", quantity_key="adet", price_basis="unit",
        color_key="color", size_key="size",
    )  # fmt: skip
    assert found.events == (
        EventRule(type="order.updated", pk="payload.pk", number="payload.number"),
    )
    (route,) = found.routes
    assert (route.name, route.profile, route.destination) == ("netsis_2", "csv-flat", "sqs")
    assert (route.channels, route.statuses) == (("web", "3", "Mağaza"), (400,))
    assert route.start_from == datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert (route.already_in_erp, route.on_change) == ("ignore", "record")
    assert (route.acknowledge, route.counts) == ("never", False)
    assert route.settings["series"] == [1, 2]
    assert route.settings["rates"] == {"try": 1.0}
    assert route.money == MoneyPolicy(interest="outside", tolerance=Decimal("0.01"))


def test_a_shop_says_each_thing_that_a_shop_has(load: Load) -> None:
    for field in fields(Shop):
        if field.name not in ("url", "price_basis"):
            shop = load(f'[shop]\n{field.name} = "x"\n{EVENT}{ROUTE}').shop
            assert getattr(shop, field.name) == "x"


def test_routes_stand_in_the_files_order(load: Load) -> None:
    second = ROUTE.replace('"logo"', '"archive"')
    assert [route.name for route in load(EVENT + ROUTE + second).routes] == ["logo", "archive"]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-03-01", datetime(2026, 2, 28, 21, tzinfo=UTC)),
        ("2026-03-01T00:00:00", datetime(2026, 2, 28, 21, tzinfo=UTC)),
        ("2026-03-01 12:30:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00-02:00", datetime(2026, 3, 1, 2, tzinfo=UTC)),
    ],
)
def test_start_from_is_the_shops_clock_unless_it_says_otherwise(
    load: Load, written: str, moment: datetime
) -> None:
    (route,) = load(instead(f"start_from = {written}")).routes
    assert route.start_from == moment
    assert route.start_from.utcoffset() is not None


def test_an_order_of_the_first_minute_of_the_first_day_counts(load: Load) -> None:
    (route,) = load(EVENT + ROUTE).routes
    first_minute = datetime.fromisoformat("2026-03-01T00:00:00+03:00")
    assert first_minute >= route.start_from > first_minute - timedelta(minutes=1)


def test_a_file_saved_by_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "routes.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (EVENT + ROUTE).replace("\n", "\r\n").encode())
    assert load_routes(path, shop_url=SHOP_URL).routes[0].name == "logo"
    assert load_webhooks(path).events[0].type == "order.created"


# ------------------------------------------------------------------ channels


@pytest.mark.parametrize(
    ("channels", "channel", "taken"),
    [
        (None, (3, "Web", "web"), True),
        (None, (None, None, None), True),
        ('["web"]', (3, "Mağazamız", "web"), True),
        ('["Mağazamız"]', (3, "Mağazamız", "web"), True),
        ('[" Mag\u0306azamız "]', (3, "Mağazamız", "web"), True),
        ("[3]", (3, "Mağazamız", "web"), True),
        ('["3"]', (3, "Mağazamız", "web"), True),
        ('["trendyol", 3]', (3, "Mağazamız", "web"), True),
        ("[4]", (3, "Mağazamız", "web"), False),
        ('["trendyol"]', (3, "Mağazamız", "web"), False),
        ('["None"]', (None, None, None), False),
        ('["None"]', (None, "Mağazamız", None), False),
    ],
)
def test_a_route_takes_channels_by_pk_name_or_type(
    load: Load,
    channels: str | None,
    channel: tuple[int | None, str | None, str | None],
    taken: bool,
) -> None:
    found = load(with_route(f"channels = {channels}" if channels else ""))
    assert bool(found.for_channel(*channel)) is taken


@pytest.mark.parametrize(
    "channels", ["[true]", "[1.5]", "[[3]]", '[""]', '["  "]', "[2026-01-01]", "[{}]"]
)
def test_what_names_no_channel_is_refused(complaint: Fail, channels: str) -> None:
    assert "[[route]] 1 channels must be names, types or pks" in complaint(
        with_route(f"channels = {channels}")
    )


def test_an_empty_list_of_channels_does_not_mean_all(complaint: Fail) -> None:
    assert "leave it out for all" in complaint(with_route("channels = []"))


# ------------------------------------------------------------------ statuses


@pytest.mark.parametrize(
    "statuses", ["[]", "[true]", '["400"]', "[400.0]", "[0]", "[-1]", "[[400]]", "[400, true]"]
)
def test_what_is_no_status_is_refused(complaint: Fail, statuses: str) -> None:
    assert "[[route]] 1 statuses must be whole numbers" in complaint(
        with_route(f"statuses = {statuses}")
    )


def test_the_default_statuses_are_approved_and_preparing() -> None:
    assert DEFAULT_STATUSES == (400, 450)


# ------------------------------------------------------------------ names


@pytest.mark.parametrize("key", ["name", "profile"])
@pytest.mark.parametrize("value", ["logo", "csv-flat", "ubl_order_2", "A1", "ubl-2.1", "x" * 40])
def test_plain_names_pass(load: Load, key: str, value: str) -> None:
    assert getattr(load(instead(f'{key} = "{value}"')).routes[0], key) == value


@pytest.mark.parametrize("key", ["name", "profile"])
@pytest.mark.parametrize(
    "value",
    [
        "-", ".", "..", "../other", "a/b", "a\\\\b", "a b", " a", "a\\n", "sipariş", "İ", "a:b",
        "a..b", ".hidden", "a-", "C:", "x" * 41, "a\\u0000", "²",
    ],
)  # fmt: skip
def test_names_that_are_no_key_and_no_folder_are_refused(
    complaint: Fail, key: str, value: str
) -> None:
    assert f"[[route]] 1 {key}: at most 40 letters" in complaint(instead(f'{key} = "{value}"'))


@pytest.mark.parametrize("second", ["logo", "LOGO"])
def test_two_routes_of_one_name_are_refused(complaint: Fail, second: str) -> None:
    text = EVENT + ROUTE + ROUTE.replace('"logo"', f'"{second}"')
    assert "two routes are named logo" in complaint(text)


@pytest.mark.parametrize("value", ["con", "NUL", "com1", "aux.ubl"])
def test_what_windows_keeps_for_devices_is_no_name(complaint: Fail, value: str) -> None:
    assert "Windows takes no folder" in complaint(instead(f'name = "{value}"'))


# ------------------------------------------------------------------ several profiles


def several(lines: str) -> str:
    """The usual route with these lines in the place of its profile."""
    return EVENT + ROUTE.replace('profile = "ubl-order"', lines)


def test_several_profiles_are_routes_one_after_the_other(load: Load) -> None:
    lines = 'profiles = ["customer", "ubl-order", "slip"]\nchannels = ["web"]'
    routes = load(several(lines) + "[route.settings.slip]\nfirm = 1\n").routes
    assert [(r.name, r.profile, r.after) for r in routes] == [
        ("logo.customer", "customer", None),
        ("logo.ubl-order", "ubl-order", "logo.customer"),
        ("logo.slip", "slip", "logo.ubl-order"),
    ]
    assert [r.settings for r in routes] == [{}, {}, {"firm": 1}]
    assert {r.channels for r in routes} == {("web",)}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("profiles = []", "profiles must be names of profiles"),
        ("profiles = [1]", "profiles must be names of profiles"),
        ('profiles = ["a", "a"]', "names a profile twice"),
        ('profile = "a"\nprofiles = ["b"]', "has profile and profiles"),
        ('profiles = ["a", "b"]\nsettings = { firm = 1 }', "such as [route.settings.a]"),
        ('profiles = ["a", "b c"]', "NAME.PROFILE"),
        (f'profiles = ["a", "{"b" * 36}"]', "at most 40 letters"),
    ],
)
def test_several_profiles_that_cannot_be_are_refused(
    complaint: Fail, lines: str, says: str
) -> None:
    assert says in complaint(several(lines))


def test_a_route_of_several_profiles_takes_no_other_s_name(complaint: Fail) -> None:
    text = several('profiles = ["a", "b"]') + ROUTE.replace('"logo"', '"Logo.B"')
    assert "two routes are named logo.b" in complaint(text)


# ------------------------------------------------------------------ cancellations

GONE = """
[[route]]
name = "gone"
profile = "csv-cancellation"
destination = "sqs"
on = "cancelled"
of = "logo"
"""


def test_a_route_of_cancellations_is_as_the_one_it_is_of(load: Load) -> None:
    lines = "channels = ['web']\nmoney.interest = 'outside'\n"
    routes = load(EVENT + GONE + ROUTE + lines)
    [of] = routes.routes
    [gone] = routes.cancelling
    assert routes.every == (of, gone)
    assert (gone.name, gone.profile, gone.destination) == ("gone", "csv-cancellation", "sqs")
    assert (gone.on, gone.of, gone.items, gone.acknowledge) == ("cancelled", "logo", True, "never")
    assert (gone.money, gone.channels, gone.start_from) == (of.money, of.channels, of.start_from)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('of = "logo"', 'of = "loga"', "of must be the name of a route of orders: logo. Did you"),
        ('of = "logo"', "", "needs of"),
        ('of = "logo"', 'of = "gone"', "of must be the name of a route of orders"),
        ('of = "logo"', 'of = "logo"\nstatuses = [400]', "has the unknown key statuses"),
        ('of = "logo"', 'of = "logo"\nitems = 1', "items must be true or false"),
        ('on = "cancelled"', 'on = "canceled"', "on must be one of: order, cancelled"),
        ('on = "cancelled"', "start_from = 2026-01-01", 'are for on = "cancelled"'),
        ('"gone"', '"LOGO"', "two routes are named logo"),
        ('"gone"', '"a b"', "at most 40 letters"),
    ],
)
def test_a_route_of_cancellations_that_cannot_be_is_refused(
    complaint: Fail, old: str, new: str, says: str
) -> None:
    assert says in complaint(EVENT + ROUTE + GONE.replace(old, new))


def test_what_is_revised_has_no_cancellations_of_items(load: Load, complaint: Fail) -> None:
    text = EVENT + ROUTE + 'on_change = "revise"\n' + GONE
    assert "items = false" in complaint(text)
    [route] = load(text.replace('of = "logo"', 'of = "logo"\nitems = false')).cancelling
    assert (route.of, route.items) == ("logo", False)


def test_documents_in_their_sequence_may_be_revised_and_cancelled(
    load: Load, complaint: Fail
) -> None:
    text = several('profiles = ["a", "b"]\non_change = "revise"') + GONE
    gone = text.replace('of = "logo"', 'of = "logo.b"')
    assert "items = false" in complaint(gone)
    routes = load(f"{gone}items = false\n")
    assert [(each.after, each.on_change) for each in routes.routes] == [
        (None, "revise"), ("logo.a", "revise"),
    ]  # fmt: skip
    assert [(each.of, each.after, each.items) for each in routes.cancelling] == [
        ("logo.b", None, False)
    ]


def test_a_route_has_one_of_cancellations_at_most(complaint: Fail) -> None:
    text = EVENT + ROUTE + GONE + GONE.replace('"gone"', '"away"')
    assert "two routes cancel those of logo" in complaint(text)


@pytest.mark.parametrize(
    ("cancels", "on", "items", "says"),
    [
        ("items", "order", True, 'route with on = "cancelled"'),
        ("order", "order", False, 'route with on = "cancelled"'),
        ("order", "cancelled", True, "set items = false"),
        ("order", "cancelled", False, None),
        ("items", "cancelled", True, None),
        ("items", "cancelled", False, None),
        (None, "cancelled", True, None),
        (None, "order", True, None),
    ],
)
def test_a_profile_is_for_the_documents_of_its_route(
    cancels: str | None, on: str, items: bool, says: str | None
) -> None:
    if says is None:
        check_profile("mine", cancels, on=on, items=items)
        return
    with pytest.raises(Misconfigured, match=f"^mine .*{says}"):
        check_profile("mine", cancels, on=on, items=items)


# ------------------------------------------------------------------ keys, types, choices


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f'rout = "x"\n{EVENT}{ROUTE}', "toml has the unknown key rout. Did you mean route?"),
        (f'zzz = 1\n{EVENT}{ROUTE}', "routes.toml has the unknown key zzz."),
        (f'[shop]\ncolour_key = "x"\n{EVENT}{ROUTE}', "[shop] has the unknown key colour_key. "
         "Did you mean color_key?"),
        (f'[shop]\nurl = "https://x"\n{EVENT}{ROUTE}', "[shop] has the unknown key url."),
        (f'{EVENT}Number = "x"\n{ROUTE}', "[[event]] 1 has the unknown key Number. "
         "Did you mean number?"),
        (with_route("status = [400]"), "[[route]] 1 has the unknown key status. "
         "Did you mean statuses?"),
        (with_route("start-from = 2026-01-01"), "has the unknown key start-from. "
         "Did you mean start_from?"),
        (with_route('[route.money]\nintrest = "inside"'), "[[route]] 1 money has the unknown key "
         "intrest"),
        (f'{EVENT}{ROUTE}{ROUTE.replace("logo", "b")}colour = 1', "[[route]] 2 has the unknown"),
    ],
)  # fmt: skip
def test_an_unknown_key_is_refused_where_it_stands(complaint: Fail, text: str, says: str) -> None:
    assert says in complaint(text)


def test_a_misspelt_money_key_says_what_was_meant(complaint: Fail) -> None:
    assert 'Did you mean "interest"?' in complaint(with_route('money = { intrest = "inside" }'))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("name = 7", "name must be a text in quotes"),
        ("profile = ['a']", "profile must be a text in quotes"),
        ('channels = "web"', "channels must be a list in brackets"),
        ("statuses = 400", "statuses must be a list in brackets"),
        ('start_from = "2026-01-01"', "start_from must be a date"),
        ("start_from = 09:00:00", "start_from must be a date"),
        ("start_from = 2026", "start_from must be a date"),
        (
            'acknowledge = "after_write"',
            "must be one of: after-write, after-pickup, never. Did you mean after-write?",
        ),
        ("acknowledge = 1", "acknowledge must be a text in quotes"),
        ("acknowledge = true", 'acknowledge is a word now: write "after-write".'),
        ("acknowledge = false", 'acknowledge is a word now: write "never".'),
        ("settings = []", "settings must be a table"),
        ("money = []", "money must be a table"),
        ('money = "auto"', "money must be a table"),
        ('destination = "S3"', "destination must be one of: s3, sqs. Did you mean s3?"),
        ('destination = "ftp"', "destination must be one of: s3, sqs."),
        ("destination = true", "destination must be a text"),
        ('already_in_erp = "maping"', "must be one of: mapping, ignore. Did you mean mapping?"),
        ('on_change = "resend"', "on_change must be one of: record, revise."),
    ],
)
def test_a_value_of_another_kind_is_refused(complaint: Fail, line: str, says: str) -> None:
    found = complaint(instead(line))
    assert "routes.toml [[route]] 1 " in found
    assert says in found


def test_the_pick_up_function_knows_who_waits(tmp_path: Path) -> None:
    """Without loading what it does not need, and by the names that the whole loader gives."""
    one = ROUTE + 'acknowledge = "after-pickup"\n'
    several = one.replace('profile = "ubl-order"', 'profiles = ["ubl-order", "csv-flat"]')
    file, found = tmp_path / "routes.toml", list[frozenset[str]]()
    for text in (ROUTE, one, one.replace("after-pickup", "never"), several):
        file.write_text(EVENT + text, "utf-8")
        routes = load_routes(file, shop_url=SHOP_URL).routes
        assert load_waiting(file) == {each.name for each in routes if each.waits_for_pickup}
        found.append(load_waiting(file))
    assert [len(each) for each in found] == [0, 1, 0, 2]


def test_no_pick_up_of_a_queue_can_be_waited_for(load: Load, complaint: Fail) -> None:
    waits = load(with_route('acknowledge = "after-pickup"')).routes[0]
    assert waits.counts
    assert waits.waits_for_pickup
    found = complaint(instead('destination = "sqs"') + 'acknowledge = "after-pickup"\n')
    assert "[[route]] 1 acknowledge: nobody sees when a message is taken off a queue." in found


@pytest.mark.parametrize("key", ["name", "profile", "destination", "start_from"])
def test_a_route_without_what_it_needs_is_refused(complaint: Fail, key: str) -> None:
    kept = [line for line in ROUTE.splitlines() if not line.startswith(key)]
    assert f"[[route]] 1 needs {key}." in complaint("\n".join([EVENT, *kept]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{EVENT}route = 7", "[[event]] 1 has the unknown key route"),
        (f"route = 7\n{EVENT}", "routes.toml route must be a list"),
        (f"route = [1, 2]\n{EVENT}", "[[route]] 1 must be a table"),
        (f"route = [[]]\n{EVENT}", "[[route]] 1 must be a table"),
        (f'{EVENT}[route]\nname = "logo"', "routes.toml route must be a list"),
        (f"route = []\n{EVENT}", "has no [[route]]"),
        (EVENT, "has no [[route]]"),
        (f"event = [7]\n{ROUTE}", "[[event]] 1 must be a table"),
        (f'[event]\ntype = "order.created"\n{ROUTE}', "routes.toml event must be a list"),
        (f"event = []\n{ROUTE}", "has no [[event]]"),
        (ROUTE, "has no [[event]]"),
        (f"shop = 7\n{EVENT}{ROUTE}", "routes.toml shop must be a table"),
        (f"[[shop]]\n{EVENT}{ROUTE}", "routes.toml shop must be a table"),
        (f'[shop]\nprice_basis = "lines"\n{EVENT}{ROUTE}', "[shop] price_basis must be one of: "
         "line, unit. Did you mean line?"),
        (f"[shop]\nquantity_key = 1\n{EVENT}{ROUTE}", "[shop] quantity_key must be a text"),
    ],
)  # fmt: skip
def test_a_file_of_another_shape_is_refused(complaint: Fail, text: str, says: str) -> None:
    assert says in complaint(text)


# ------------------------------------------------------------------ events


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('type = "a"', "needs pk or number"),
        ('type = "a"\npk = ""', "needs pk or number"),
        ('pk = "payload.pk"', "[[event]] 1 needs type"),
        ('type = ""\npk = "payload.pk"', "[[event]] 1 needs type"),
        ('type = "a"\npk = "payload."', "[[event]] 1 pk is not a JMESPath"),
        ('type = "a"\npk = "payload pk"', "[[event]] 1 pk is not a JMESPath"),
        ('type = "a"\npk = "a.b"\nnumber = "[?"', "[[event]] 1 number is not a JMESPath"),
        ('type = "a"\npk = "a.b"\nnumber = ""', "[[event]] 1 number is not a JMESPath"),
        ('type = "a"\npk = "a[0"', "[[event]] 1 pk is not a JMESPath"),
        (
            'type = "a"\npk = "to_numbr(payload.pk)"',
            "calls the unknown function to_numbr. Did you mean to_number?",
        ),
        ('type = "a"\npk = "a || b[?c(@) == d]"', "calls the unknown function c."),
        ('type = "a"\npk = "{x: [y, q(z)]}"', "calls the unknown function q."),
        ('type = "a"\npk = "to_number()"', "gives to_number 0 arguments; it takes 1."),
        ('type = "a"\npk = "to_number(a, b)"', "gives to_number 2 arguments; it takes 1."),
        ('type = "a"\npk = "not_null()"', "gives not_null 0 arguments; it takes 1."),
        ('type = "a"\npk = 7', "[[event]] 1 pk must be a text"),
    ],
)
def test_an_event_that_cannot_work_is_refused(complaint: Fail, lines: str, says: str) -> None:
    assert says in complaint(f"[[event]]\n{lines}\n{ROUTE}")


@pytest.mark.parametrize("expression", ["(" * 5000, "a." + "[" * 5000, "!" * 5000 + "a"])
def test_an_expression_that_nests_without_end_is_refused(complaint: Fail, expression: str) -> None:
    text = f'[[event]]\ntype = "a"\npk = "{expression}"\n{ROUTE}'
    assert "pk is not a JMESPath" in complaint(text)


@pytest.mark.parametrize("expression", ["payload.ids[0:2] | [0]", "a[::2]", "`[1, 2]`[0]"])
def test_an_expression_without_functions_passes(load: Load, expression: str) -> None:
    text = f'[[event]]\ntype = "a"\nnumber = "{expression}"\n{ROUTE}'
    assert load(text).events == (EventRule(type="a", pk=None, number=expression),)


def test_functions_with_their_arguments_pass(load: Load) -> None:
    expression = "not_null(to_number(a), b[0].max_by(@, &c), join('-', d[*].e))"
    rule = load(f'[[event]]\ntype = "a"\npk = "{expression}"\n{ROUTE}').events[0]
    assert rule.pk == expression


def test_two_rules_for_one_event_type_are_refused(complaint: Fail) -> None:
    assert "two [[event]] have the type order.created" in complaint(EVENT + EVENT + ROUTE)


def test_the_events_alone_need_no_routes(tmp_path: Path) -> None:
    path = tmp_path / "routes.toml"
    path.write_text(EVENT + '[[route]]\nname = "broken"', "utf-8")
    assert load_webhooks(path).events == (
        EventRule(type="order.created", pk="payload.pk || data.pk"),
    )
    with pytest.raises(Misconfigured, match="needs profile"):
        load_routes(path, shop_url=SHOP_URL)


def test_the_events_are_read_without_what_the_routes_need(tmp_path: Path) -> None:
    """In a process of its own: this one has imported everything."""
    path = tmp_path / "routes.toml"
    path.write_text(EVENT + ROUTE, "utf-8")
    program = (
        "import sys; from pathlib import Path; from erp_adapter import routes\n"
        "heavy = ('boto3', 'botocore', 'httpx', 'pydantic', 'lxml', 'erp_adapter.balance')\n"
        "path = Path(sys.argv[1])\n"
        "print(routes.load_webhooks(path).events[0].type, [n for n in heavy if n in sys.modules])\n"
        "routes.load_routes(path, shop_url='')\n"
        "print('erp_adapter.balance' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["order.created []", "True"]


# ------------------------------------------------------------------ [webhook]


def proof(tmp_path: Path, lines: str) -> Proof:
    path = tmp_path / "routes.toml"
    path.write_text(f"[webhook]\n{lines}\n{EVENT}{ROUTE}", "utf-8")
    load_routes(path, shop_url=SHOP_URL)
    return load_webhooks(path).proof


def test_without_a_table_webhooks_are_whisperer_s(tmp_path: Path) -> None:
    assert proof(tmp_path, "") == Proof(scheme="whisperer")


def test_a_table_says_how_a_sender_proves_itself(tmp_path: Path) -> None:
    lines = """
        scheme = "hmac"
        header = "Stripe-Signature"
        prefix = "v1="
        timestamp = "t="
        tolerance = 60
        digest = "sha512"
        encoding = "base64"
        sources = ["192.0.2.0/24", "2001:db8::1"]
    """
    assert proof(tmp_path, lines) == Proof(
        scheme="hmac", header="stripe-signature", prefix="v1=", timestamp="t=", tolerance=60,
        digest="sha512", encoding="base64",
        sources=(ip_network("192.0.2.0/24"), ip_network("2001:db8::1")),
    )  # fmt: skip
    assert proof(tmp_path, 'scheme = "basic"\nuser = "omnitron"').user == "omnitron"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('scheme = "none"', "[webhook] scheme must be one of: whisperer, token, basic, hmac"),
        ('scheme = "hmack"', "Did you mean hmac?"),
        ('secret = "x"', "[webhook] has the unknown key secret"),
        ('header = "x-a"', "[webhook] header is not for the scheme whisperer: remove it"),
        ('scheme = "token"', "[webhook] needs header for the scheme token"),
        ('scheme = "hmac"', "[webhook] needs header for the scheme hmac"),
        ('scheme = "basic"', "[webhook] needs user for the scheme basic"),
        ('scheme = "basic"\nuser = "a:b"', "user must be at most 100 printable ASCII"),
        ('scheme = "basic"\nuser = ""', "user must be at most 100 printable ASCII"),
        ('scheme = "basic"\nuser = "a"\nheader = "x"', "header is not for the scheme basic"),
        ('scheme = "token"\nheader = "x a"', "header must be the name of a header"),
        ('scheme = "token"\nheader = ""', "header must be the name of a header"),
        ('scheme = "hmac"\nheader = "x"\ndigest = "md5"', "digest must be one of: sha256"),
        ('scheme = "hmac"\nheader = "x"\nencoding = "hey"', "encoding must be one of: hex"),
        ('scheme = "hmac"\nheader = "x"\nprefix = "ş"', "prefix must be at most 40 printable"),
        ('scheme = "hmac"\nheader = "x"\ntolerance = 5', "tolerance is for a timestamp"),
        ('scheme = "hmac"\nheader = "x"\ntimestamp = "t="', "timestamp needs a prefix"),
        ('scheme = "hmac"\nheader = "x"\ntimestamp = "t,"\nprefix = "v="', "needs a prefix"),
        ('scheme = "hmac"\nheader = "x"\ntimestamp = "t="\nprefix = "t"', "begin alike"),
        ('scheme = "hmac"\nheader = "x"\ntimestamp = "t"\nprefix = "t="', "begin alike"),
        (
            'scheme = "hmac"\nheader = "x"\ntimestamp = "t="\nprefix = "v="\ntolerance = 0',
            "tolerance is from 1 to 3600 seconds",
        ),
        (
            'scheme = "hmac"\nheader = "x"\ntimestamp = "t="\nprefix = "v="\ntolerance = true',
            "tolerance must be a whole number",
        ),
        ("sources = []", "sources is empty"),
        ('sources = "192.0.2.1"', "sources must be a list"),
        ('sources = ["example.com"]', "sources must be addresses or networks"),
        ('sources = ["192.0.2.1/24"]', "sources must be addresses or networks"),
        ("sources = [7]", "sources must be addresses or networks"),
    ],
)
def test_a_proof_that_cannot_work_is_refused(tmp_path: Path, lines: str, says: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        proof(tmp_path, lines)
    assert says in caught.value.message
    assert "routes.toml [webhook]" in caught.value.message


# ------------------------------------------------------------------ the file itself


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"[[route", "is not TOML"),
        (b"a = 1\na = 2", "is not TOML"),
        (b"a = 2026-02-30", "is not TOML"),
        (b"a = " + b"9" * 5000, "is not TOML"),
        (b"a = " + b"[" * 5000, "is not TOML"),
        ("a = 'ı'".encode("cp1254"), "is not UTF-8"),
        ("a = 1".encode("utf-16"), "is not UTF-8"),
    ],
)
def test_what_is_no_toml_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "routes.toml").write_bytes(content)
    for load in (load_webhooks, lambda path: load_routes(path, shop_url=SHOP_URL)):
        with pytest.raises(Misconfigured, match=f"routes.toml {says}"):
            load(tmp_path / "routes.toml")


@pytest.mark.parametrize("name", ["missing.toml", ".", "routes.toml/deeper"])
def test_a_file_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "routes.toml").write_text(EVENT + ROUTE, "utf-8")
    with pytest.raises(Misconfigured, match="cannot be read"):
        load_webhooks(tmp_path / name)
