"""Alerts that no rule opens. Homebeat raises them about a home, an unregistered device, an area or itself.

They go the same way as a rule's: `make_edge` makes an `Edge`, which is decided on and written in the transaction of a tick.
Without a tick (`delivery_failed`) it is a step of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from homebeat.domain.alert import SESSION_LOST, Desk, Edge, Priority, Reason, Subject, TransitionKind
from homebeat.domain.errors import NotFound

#: Devices report, and nothing useful is understood of them: one device, or many of a model.
MISREAD: Final = "device_misread"


@dataclass(frozen=True, slots=True)
class ServiceAlert:
    """What is fixed of one kind of such alerts.

    Attributes:
        code: Stable and public, as a rule's; `wording` has a name and a sentence for it.
        about: What its subject is, for the page of rules.
        says: What it means and what to do: the text of the page of rules.
        is_for_supervisors: They decide on it, and are notified at once.
        is_own_matter: It is about homebeat itself, or about its staff and contacts: no city's work order.
    """

    code: str
    about: str
    desk: Desk
    priority: Priority
    says: str
    is_for_supervisors: bool = False
    is_own_matter: bool = False


_ALL: Final = (
    ServiceAlert(
        "area_outage",
        "area",
        Desk.CARE,
        Priority.HIGH,
        "Of an area, or a building, with five homes and more, no meter that is heard (four in five at least are) has shown use "
        "for four hours of the day: the water is shut off, or a pipe has burst. Call the water company, and look after the "
        "homes: the alert lists them in order of need, and their own alerts about missing signs of life or water wait behind "
        "it for a while ([one cause, many homes](response.md#one-cause-many-homes)). Over when water runs again in two of "
        "them, and in one of five.",
    ),
    ServiceAlert(
        "gateway_down",
        "area",
        Desk.DEVICES,
        Priority.HIGH,
        "Of an area, or a building, devices of five homes are silent, and four in five of all have missed a report: a gateway, a "
        "radio network, a power cut. Of what the fleet file says to hang on one gateway, three devices of two homes are enough. "
        "These homes are not watched meanwhile; it lists them, those first from whose residents nothing was seen for longest. "
        "While it stands, alerts about their silent devices and low batteries wait behind it. Over when more than three in "
        "five are heard again.",
    ),
    ServiceAlert(
        "many_quiet",
        "area",
        Desk.CARE,
        Priority.HIGH,
        "Residents of five homes of an area, or of a building, and of one in five of all its homes, became quiet or unknown "
        "within three hours, and no outage of water is known. One cause is likely: power, heat, a feast, a fault of many "
        "devices. Or it is none, and each of them needs somebody: the alert lists them in order of need, and the alerts of those "
        "who become quiet later wait behind it for a while ([one cause, many homes](response.md#one-cause-many-homes)). Over "
        "when half of them, or all but two, are not quiet any more.",
    ),
    ServiceAlert(
        "delivery_failed",
        "home",
        Desk.CARE,
        Priority.HIGH,
        "The deliverer opens it when a message to one of the home's contacts is given up on, and none of their other channels "
        "has brought it within a minute. Somebody has to tell that contact in person; see the [runbook](runbook.md).",
        is_own_matter=True,
    ),
    ServiceAlert(
        "contact_unreachable",
        "home",
        Desk.CARE,
        Priority.LOW,
        "No message has come through to one of the home's contacts for a day, over none of their channels; or to a responder: "
        "then it is about that part of homebeat. They are written to all the same, and each message that is given up on says so "
        "by itself (`delivery_failed`). Ask for another number or address. Over when a message comes through.",
        is_own_matter=True,
    ),
    ServiceAlert(
        "platform_down",
        "homebeat itself",
        Desk.DEVICES,
        Priority.MEDIUM,
        "A city platform of the settings has taken no events for four hours ([events](events.md)). They wait, and it gets all of "
        "them in their order; but its people see no work order meanwhile: call them. `/readyz` notes the error of the last try. "
        "One alert for each outage. Over when the platform takes an event, or leaves the settings.",
        is_own_matter=True,
    ),
    ServiceAlert(
        "unregistered_alarm",
        "device",
        Desk.DEVICES,
        Priority.HIGH,
        "The watch opens it at once when a device that nobody registered, or one on a topic that nobody reads, sends a "
        "call for help. It is critical where the message names what is needed: an SOS, a fall, smoke, gas, help. One "
        "alert a device; a call repeated later than ten minutes is noted. Of more than 10 such devices a minute or 60 an "
        "hour the others are counted in one alert. The message is in quarantine; see the [runbook](runbook.md).",
    ),
    ServiceAlert(
        MISREAD,
        "device, or a model of devices",
        Desk.DEVICES,
        Priority.LOW,
        "A registered device reports, and has never given what a device of its kind is there for: a meter without a volume, a "
        "band without a pulse or steps. So nobody watches by it. The alert names the format that its messages look like, or the "
        "names that it sends and what they may mean; its page shows its last message ([readings](readings.md#a-device-that-is-"
        "not-understood)). It opens ten minutes after such a message, or an hour after one without anything that could be "
        "named: a band may not have been put on yet. Enter the form of its messages, or a map of fields. Five devices of one "
        "model that are wrong in the same way, and all further ones, are one alert about the model. Over when the device, or "
        "the last one of the model, gives what it should.",
    ),
    ServiceAlert(
        "glass_broken_often",
        "area",
        Desk.CARE,
        Priority.HIGH,
        "One person has broken the glass of more than 5 homes within an hour, or all together that of more than 15 homes of "
        "one area. Nothing is prevented: a life may hang on it. Whoever reviews looks at the page Broken glass at once: is it "
        "an emergency of many, or somebody who reads what they must not? An account or a key that is misused is disabled on "
        "the page People or Keys. One alert for each area; it is told again each hour that it goes on, and at "
        "once where the alert was closed.",
        is_own_matter=True,
    ),
    ServiceAlert(
        "nobody_on_duty",
        "area",
        Desk.CARE,
        Priority.HIGH,
        "A rota of the area has a gap: nobody is on duty now, and somebody must be. It is medium while the gap is ahead, 24 "
        "hours before it. Find somebody, and give them the shift ([duty](duty.md)). Over when somebody is on duty "
        "and no gap is ahead. Closed meanwhile, it is opened again when the gap begins.",
        is_own_matter=True,
    ),
    ServiceAlert(
        "provider_suspended",
        "area",
        Desk.CARE,
        Priority.HIGH,
        "The work of a provider of this area goes to its standby: too many of its visits failed, the residents' supervising "
        "committee vetoed it, or a supervisor decided so ([providers](providers.md)). Supervisors are notified at once. Speak "
        "with the provider, and decide: trial visits, or its work back. One alert an area, for all its providers. Over when "
        "each of them has its work again.",
        is_for_supervisors=True,
        is_own_matter=True,
    ),
    ServiceAlert(
        "complaint_waits",
        "area",
        Desk.CARE,
        Priority.MEDIUM,
        "Somebody has complained about a visit, or about whoever was to come: a family after a closed case, the desk, another "
        "system. Supervisors are notified at once of each; a further complaint about the same alert is noted in the history. "
        "Ask those concerned, and answer it on the page Providers and volunteers ([complaints](providers.md#complaints)). One "
        "alert an area. Over when each of its complaints has an answer.",
        is_for_supervisors=True,
        is_own_matter=True,
    ),
    ServiceAlert(
        "intake_blind",
        "homebeat itself",
        Desk.DEVICES,
        Priority.HIGH,
        "The intake does not run, or a cloud's pushes could not be taken for 15 seconds and more: what its devices sent then may "
        "be lost, calls for help as well ([clouds that push](push.md#what-is-lost-and-how-it-is-said)). Start `homebeat intake`, "
        "or see why its journal is full or its disk takes nothing. The silence of these devices is not held against them "
        "meanwhile. One alert for each cloud, and one for all where nothing runs. Over when messages are taken again; somebody "
        "has to ask those who may have called.",
        is_own_matter=True,
    ),
    ServiceAlert(
        SESSION_LOST,
        "homebeat itself",
        Desk.DEVICES,
        Priority.HIGH,
        "The watch opens it when the broker no longer knows the session in which messages wait for homebeat: what devices "
        "sent while homebeat was away is lost, an SOS as well. `/readyz` notes it until somebody has taken the alert; see "
        "the [runbook](runbook.md).",
        is_own_matter=True,
    ),
)
#: By code; none of them is the code of a rule.
SERVICE_ALERTS: Final[Mapping[str, ServiceAlert]] = {alert.code: alert for alert in _ALL}


def make_edge(
    code: str,
    subject: Subject,
    reason: Reason,
    at: int,
    *,
    kind: TransitionKind = TransitionKind.OPENED,
    since: int | None = None,
    priority: Priority | None = None,
) -> Edge:
    """The edge by which homebeat itself opens, or clears, such an alert.

    While an alert of this code and subject waits for an answer, opening it again is a note in its history.

    Args:
        code: One of `SERVICE_ALERTS`.
        subject: What it is about.
        reason: Why; its code has a sentence in `wording`.
        at: Now, epoch ms, by the engine's clock.
        kind: OPENED, or CLEARED when the condition is over.
        since: When the condition began, epoch ms; `at` where that is not known. The alert's id is derived from it.
        priority: Where the alert is more, or less, urgent this time than its code usually is.

    Raises:
        NotFound: There is no such code.
    """
    found = SERVICE_ALERTS.get(code)
    if found is None:
        raise NotFound(f"no service alert has the code {code}")
    begun = at if since is None else since
    return Edge(at, code, subject, kind, priority or found.priority, found.desk, begun, reason, begun)
