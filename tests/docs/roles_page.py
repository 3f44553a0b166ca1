"""The pages of roles, in both languages: made from the table of who may do and see what."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from homebeat.domain.durations import HOUR_MS
from homebeat.domain.role import FAMILY, GIVES, NOT_GIVEN, PERMITTED, Field, Operation, Permissions, Role, When
from homebeat.wording import Wording
from tests.docs.pages import DOCS

PAGES: Final[Mapping[str, Path]] = {"en": DOCS / "roles.md", "zh-CN": DOCS / "zh-CN" / "roles.md"}
#: The roles, and below them what no account and no key has.
_ROWS: Final[Mapping[str, Permissions]] = {role.value: row for role, row in PERMITTED.items()} | {FAMILY: NOT_GIVEN[FAMILY]}
_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "en": (
        """# Roles

Made from `src/homebeat/domain/role.py` by `python -m tests.docs`; a test fails when this page is stale.

A role is given in an area, and holds there and in everything below it; or without an area, for the whole installation.
Somebody may have several roles in several areas: each counts in its own. What lies outside your areas does not exist for
you: it is in no list and no count, and its address answers 404.

Nobody is given the last row, `family`: it is what a contact sees by the link in a message, of its alert alone and for 72 hours
([the family's page](webhooks.md#the-familys-page)). *Where agreed* means: the resident agreed that the family sees values, and
for water and the sentence of the alert everybody in the home did ([consent](privacy.md)).
""",
        "## What each role may do",
        """## Which personal data each role sees

What a role does not show has a mask, on pages, at the API and in the live stream: `[hidden]` instead of a text, an empty list,
and the name of the group in `hidden`. *With an open alert* means: an alert that waits for people is about this home, or for vital
signs about this person. *Own* means that you have taken that alert. Values further back than the hours in the table are left out.
The sentence that says why an alert was opened belongs to the alert. Everybody reads the remarks that they wrote themselves.
Whoever sees totals and no alerts, such as a manager, sees counts of ten and more.
*Habits and absences* are when somebody mostly rises and goes out, how long homebeat lets them be quiet at which hour, and when
they are away: who knows that knows when a home is empty. An administrator chooses what a resident's limits may cost, and does not
see the habits for it. Each time somebody is shown an address on a card or page, a telephone number, contacts, vital signs, water,
habits, or what others wrote (a remark, a complaint, a reason) or photographed at the door, that stands in [the audit](audit.md).
*Address* includes how to get in (`access`), and *remarks* what stands in `notes` about a resident; lists show neither.

What a resident withdrew consent to is shown to nobody, in whatever role and behind broken glass neither. It stands in `hidden`,
and of a home in `withdrawn` ([consent](privacy.md)).

In an emergency somebody may *break the glass* of one home, with a reason: for 30 minutes they see whatever the table shows their
role at all, in any case. A supervisor finds it on the page *Broken glass* (`/glass`), with the reason, until one of them has
looked at it; nobody reviews their own. The reason may name people, so it is sealed with the key of that home.""",
        "role",
        "yes",
        "last %s h",
        """## Who manages whom

Somebody who may see accounts sees those that have a role in their areas, with the roles that lie there. They change an account
only where they may give every role that it has:
%s.
Else a supervisor could sign in as an administrator, by a link. So an account with roles in two communities is changed by somebody
above both. The same holds for keys.

On the desk's page, *Manage* leads to people (`/people`) and keys (`/keys`). A link to sign in with, or a key, is shown once, when
it is made: homebeat keeps only its hash. A role that was taken by mistake is given back with one click, and a disabled account
is enabled again. Revoking a key is for good, so the page asks once more. The last role of an account stays: disable the account.
Nobody takes their own roles or disables themselves.
Whoever works at the command line of the machine manages everybody.
""",
        "%s gives %s",
        "; ",
        "every role",
    ),
    "zh-CN": (
        """# 角色和权限

本页由 `src/homebeat/domain/role.py` 生成。

角色按区域授予，在该区域和它下面的所有区域有效；不写区域，就是全部区域。一个人可以在几个区域有几个角色，各管各的。您的区域之外的住户，对您来说不存在：列表和统计里没有，
直接打开地址也是 404。

最后一行 `family` 不能授予任何人：它是联系人通过消息里的链接看到的内容，只关于那一条告警，72 小时内有效
（[家属页面](../webhooks.md#the-familys-page)）。
“老人已同意”是指老人同意家属看具体数值；用水和告警原因那句话要全家老人都同意（[老人同意的事项](privacy.md#老人同意的事项)）。
""",
        "## 每个角色能做什么",
        """## 每个角色能看到哪些个人信息

角色看不到的内容在页面、API 和实时数据流里都会遮住：文字变成 `[hidden]`，列表为空，`hidden` 里写明是哪一类。
“有未结告警时”是指这户人家有一条等人处理的告警；生命体征要看告警是否关于这个人。
“本人处理的”是指告警由您接单。
表里写了小时数的，更早的数值不显示。
说明告警原因的那句话属于告警本身。自己写的备注自己总能看到。
只能看统计、看不到告警的角色（如管理者），只能看到 10 及以上的数字。
“作息与外出”指平时几点起床、几点出门，各时段允许安静多久，以及登记的外出：知道这些，就知道家里什么时候没人。管理员可以设定老人的误报预算，但看不到作息。
每次看到卡片或页面上的地址、电话、联系人、生命体征、用水、作息，或他人写下的文字（跟进记录、投诉、理由），[审计](../audit.md)里都有记录。

老人撤回同意的内容，任何角色都看不到，紧急查看也看不到；
`hidden` 里会写明，住户的 `withdrawn` 里也有（[老人同意的事项](privacy.md#老人同意的事项)）。

紧急情况下可以写明原因，对一户人家*紧急查看*：30 分钟内能看到这个角色在任何情况下能看到的内容。
主管会在“紧急查看记录”页面（`/glass`）看到原因，直到有人核实；自己的记录不能自己核实。原因里可能有人名，所以用这户人家的密钥加密保存。""",
        "角色",
        "是",
        "最近 %s 小时",
        """## 谁管理谁

能看账号的人，看得到在自己区域内有角色的账号，以及其中属于这些区域的角色。
只有当一个账号的所有角色都是自己有权给予的，才能改动它：%s。
否则主管就能借登录链接冒用管理员。
所以在两个社区都有角色的账号，由管两个社区的上级来改。密钥也是一样。

在值班页面上，“管理”通往人员（`/people`）和密钥（`/keys`）。登录链接和密钥只在生成时显示一次：homebeat 只保存摘要。
误收回的角色，点一下就能给回去；停用的账号可以重新启用。
密钥作废后不能恢复，所以页面会再问一次。账号的最后一个角色不能收回，要停用账号。
没有人能收回自己的角色或停用自己；在机器上用命令的人可以管理所有人。
""",
        "%s可以给%s",
        "；",
        "所有角色",
    ),
}


def page(language: str) -> str:
    """The page in `en` or `zh-CN`."""
    words = Wording(language)
    head, may, sees, role, yes, last, manages, gives, between, every = _TEXTS[language]

    def write_when(when: When) -> str:
        return {When.NEVER: "", When.ALWAYS: yes}.get(when) or (words.when(when) if when is not When.NEVER else "")

    def write_field(row: Any, field: Field) -> str:
        text = write_when(row.fields.get(field, When.NEVER))
        span = row.last_ms.get(field)
        return text + (f", {last % (span // HOUR_MS)}" if span and text else "")

    shown = [op for op in Operation if any(op in row.operations for row in _ROWS.values())]
    operations = _table(role, [words.operation(op) for op in shown], words, lambda row: [
        write_when(row.operations.get(op, When.NEVER)) for op in shown
    ])  # fmt: skip
    fields = _table(
        role, [words.field(field) for field in Field], words, lambda row: [write_field(row, field) for field in Field]
    )
    given = [
        gives % (f"`{one}`", every if len(roles) == len(Role) else words.join_list(*(f"`{r}`" for r in Role if r in roles)))
        for one, roles in GIVES.items()
    ]
    manages = manages % between.join(given)
    return f"{head}\n{may}\n\n{operations}\n{sees}\n\n{fields}\n{manages}"


def _table(role: str, columns: list[str], words: Wording, cells: Callable[[Any], list[str]]) -> str:
    lines = [f"| {' | '.join([role, *columns])} |", "|" + "---|" * (len(columns) + 1)]
    lines += [f"| `{one}` {words.role(one)} | {' | '.join(cells(row))} |" for one, row in _ROWS.items()]
    return "\n".join(line.replace("  ", " ") for line in lines) + "\n"


def refresh() -> None:
    """Write both pages."""
    for language, path in PAGES.items():
        path.write_text(page(language), encoding="utf-8")
