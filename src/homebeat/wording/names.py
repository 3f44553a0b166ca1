"""Names of the closed lists: code on the left, English on the right. A code that is not here is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.wording.catalogue import msg

RULES: Final[Mapping[str, str]] = {
    "sos": msg("SOS pressed"),
    "fall": msg("Fall detected"),
    "no_sign_of_life": msg("Quiet for too long"),
    "asked": msg("Resident asked"),
    "no_water": msg("Too little water used"),
    "first_use_late": msg("Days begin later"),
    "water_running": msg("Water keeps running"),
    "water_dripping": msg("Water drips"),
    "water_surge": msg("Sudden heavy water use"),
    "night_use_drift": msg("Up more often at night"),
    "steps_drift": msg("Walks less"),
    "volume_drift": msg("Water use is changing"),
    "heart_rate": msg("Heart rate out of range"),
    "resting_heart_rate_drift": msg("Resting heart rate is changing"),
    "spo2": msg("Blood oxygen low"),
    "body_temperature": msg("Body temperature out of range"),
    "wandering": msg("May have lost the way"),
    "smoke": msg("Smoke alarm"),
    "gas": msg("Gas alarm"),
    "unreadable_alarm": msg("Call for help that could not be read"),
    "threshold": msg("Past a set limit"),
    "unknown_too_long": msg("Cannot tell for too long"),
    "device_silent": msg("Device silent"),
    "device_battery_low": msg("Device battery low"),
    "home_early": msg("Home before the declared end"),
    "not_worn": msg("Band not worn"),
    "meter_fault": msg("Water meter fault"),
    "device_tamper": msg("Device tampered with"),
    "meter_leak": msg("Meter reports a leak"),
    "gateway_down": msg("Gateway down"),
    "unregistered_alarm": msg("Call for help from an unregistered device"),
    "device_misread": msg("Device not understood"),
    "area_outage": msg("No water in the area"),
    "many_quiet": msg("Many homes quiet in the area"),
    "session_lost": msg("The broker lost what was waiting for homebeat"),
    "intake_blind": msg("What a cloud pushed may be lost"),
    "contact_unreachable": msg("A contact is unreachable"),
    "platform_down": msg("A city platform takes no events"),
    "delivery_failed": msg("A contact could not be reached"),
    "glass_broken_often": msg("Many homes opened by broken glass"),
    "nobody_on_duty": msg("Nobody on duty"),
    "provider_suspended": msg("A provider's work goes to others"),
    "complaint_waits": msg("A complaint waits for an answer"),
    "judging_failed": msg("A home cannot be judged"),
    # what is done beside the rules, and may fail as they may
    "folding": msg("Taking in readings"),
    "learning": msg("Learning habits"),
    "closing": msg("Closing the day"),
    "outages": msg("Looking for outages"),
}

PRIORITIES: Final[Mapping[str, str]] = {
    "critical": msg("Critical"),
    "high": msg("High"),
    "medium": msg("Medium"),
    "low": msg("Low"),
}

DESKS: Final[Mapping[str, str]] = {
    "care": msg("Care desk"),
    "property": msg("Property desk"),
    "devices": msg("Device desk"),
    "resident": msg("Asked at home"),
}

ROLES: Final[Mapping[str, str]] = {
    "responder": msg("Responder"),
    "desk": msg("Desk operator"),
    "nurse": msg("Nurse"),
    "supervisor": msg("Supervisor"),
    "manager": msg("Manager"),
    "installer": msg("Installer"),
    "admin": msg("Administrator"),
    "auditor": msg("Auditor"),
    "integrator": msg("Another system"),
    "family": msg("The family's link"),
}

OPERATIONS: Final[Mapping[str, str]] = {
    "own_account": msg("sign in"),
    "read_alerts": msg("see alerts"),
    "read_homes": msg("see homes"),
    "follow": msg("follow one alert"),
    "reply": msg("answer that alert as family"),
    "escalate": msg("go on with plans that nobody answered"),
    "visit": msg("report from a visit"),
    "close_critical": msg("close a critical alert"),
    "read_totals": msg("see totals"),
    "read_service": msg("see the service"),
    "read_audit": msg("see the audit"),
    "read_people": msg("see accounts"),
    "answer": msg("answer alerts"),
    "remark": msg("add remarks"),
    "choose": msg("choose limits"),
    "consent": msg("enter consent"),
    "break_glass": msg("break the glass"),
    "review_glass": msg("review broken glass"),
    "shelve": msg("shelve alerts"),
    "silence": msg("silence rules"),
    "set_guides": msg("set steps beside alerts"),
    "set_rules": msg("change rules"),
    "read_duty": msg("see who is on duty"),
    "own_shifts": msg("swap their own shifts"),
    "arrange_duty": msg("set rotas and shifts"),
    "suspend": msg("decide on providers"),
    "complain": msg("enter complaints"),
    "answer_complaint": msg("answer complaints"),
    "keep_homes": msg("change contacts and absences"),
    "fit_devices": msg("add and retire devices"),
    "manage_homes": msg("add, change and retire homes"),
    "manage_people": msg("manage accounts"),
    "door_codes": msg("print and renew door codes"),
}

#: What is done, as a row of the audit has it.
ACTIONS: Final[Mapping[str, str]] = {
    "add_area": msg("Added an area"),
    "add_home": msg("Added a home"),
    "change_home": msg("Changed what the registry says of a home"),
    "change_contacts": msg("Changed the contacts of a home"),
    "enter_absence": msg("Entered an absence"),
    "end_absence": msg("Ended an absence"),
    "add_device": msg("Added a device to a home"),
    "retire_device": msg("Took a device out of a home"),
    "retire_home": msg("Retired a home"),
    "undo_home_change": msg("Undid the last change of a home"),
    "acknowledge": msg("Took an alert"),
    "release": msg("Gave an alert back"),
    "resolve": msg("Closed an alert"),
    "reopen": msg("Opened an alert again"),
    "assign_visit": msg("Sent somebody to the door"),
    "cancel_visit": msg("Called off a visit"),
    "miss_visits": msg("Found that nobody came"),
    "report_visit": msg("Reported from the door"),
    "retry_messages": msg("Tried messages again that were set aside"),
    "open_own_visit": msg("Opened the page of their own visit"),
    "send_photo": msg("Sent a photo from the door"),
    "remove_photo": msg("Removed a photo from the door"),
    "mark_home": msg("Said how it was at a home"),
    "report_order": msg("Reported on a platform's order"),
    "reply": msg("Answered as family"),
    "open_by_code": msg("Opened the family's page by a code"),
    "stop_writing": msg("Stopped messages, or asked for them again"),
    "add_note": msg("Added a remark"),
    "enter_call": msg("Entered a call"),
    "print_roster": msg("Printed the roster of residents"),
    "set_guide": msg("Changed the steps beside alerts"),
    "announce_test": msg("Announced a test alarm, or ended it"),
    "set_field_map": msg("Changed how messages of a supplier are read"),
    "undo_field_map": msg("Put back how messages of a supplier were read"),
    "change_response": msg("Chose response plans"),
    "change_plan": msg("Made or changed a response plan"),
    "change_rules": msg("Changed a rule, or proposed to"),
    "decide_setting": msg("Decided on a proposed change of settings"),
    "withdraw_setting": msg("Withdrew a proposed change of settings"),
    "undo_setting": msg("Undid a change of settings, or proposed to"),
    "print_door_labels": msg("Printed the codes of doors"),
    "renew_door_code": msg("Renewed the code of a door"),
    "choose_limit": msg("Chose a limit"),
    "look": msg("Saw personal data"),
    "begin_session": msg("Began a session"),
    "set_password": msg("Chose a password"),
    "set_second_factor": msg("Set up or removed a second factor"),
    "end_session": msg("Signed out"),
    "end_session_of": msg("Ended somebody's session"),
    "make_account": msg("Made an account"),
    "make_link": msg("Made a link to sign in with"),
    "connect_identity": msg("Connected an account with the identity provider"),
    "connect_own_identity": msg("Connected the own account with the identity provider"),
    "disconnect_identity": msg("Disconnected an account from the identity provider"),
    "refuse_sign_in": msg("Refused a sign-in through the identity provider"),
    "disable_account": msg("Disabled or enabled an account"),
    "give_role": msg("Gave a role"),
    "take_role": msg("Took a role away"),
    "make_key": msg("Made a key"),
    "revoke_key": msg("Revoked a key"),
    "break_glass": msg("Broke the glass"),
    "review_glass": msg("Looked at why the glass was broken"),
    "enter_consent": msg("Entered what a resident agreed to"),
    "revoke_family_links": msg("Ended the family's links of a contact"),
    "follow_edges": msg("Judged by the rules"),
    "enter_receipts": msg("Entered what a provider says became of messages"),
    "note_echo": msg("Noted that a device on which the resident was asked has answered"),
    "follow_reach": msg("Followed whether messages reach somebody"),
    "give_up": msg("Gave up delivering a notice"),
    "write_family_notes": msg("Told families that life was seen"),
    "say_dead_letters": msg("Said of messages that nobody got them"),
    "set_rotas": msg("Set rotas"),
    "set_rota": msg("Made or changed a rota"),
    "retire_rota": msg("Retired a rota"),
    "undo_rota_change": msg("Put a rota back as it was"),
    "give_shift": msg("Gave a shift to somebody"),
    "swap_shifts": msg("Swapped shifts"),
    "take_leave": msg("Entered leave"),
    "note_export": msg("Wrote data into files"),
    "erase_resident": msg("Erased a resident"),
    "take_in": msg("Took in the data of another installation"),
    "offer_hand_over": msg("Offered to hand over"),
    "accept_hand_over": msg("Took over by name"),
    "make_shift_feed": msg("Made an address of shifts"),
    "revoke_shift_feed": msg("Ended an address of shifts"),
    "watch_duty": msg("Looked whether somebody is on duty"),
    "file_complaint": msg("Entered a complaint"),
    "answer_follow_up": msg("Answered the follow-up of a case"),
    "say_afterwards": msg("Said whether somebody came"),
    "watch_follow_ups": msg("Asked about closed cases"),
    "answer_complaint": msg("Answered a complaint"),
    "attribute_complaint": msg("Said whom a complaint concerns"),
    "enter_early_receipts": msg("Entered what providers had brought too early"),
    "watch_complaints": msg("Let supervisors know of complaints"),
    "enter_hours": msg("Entered hours of volunteers"),
    "correct_hours": msg("Corrected hours of a volunteer"),
    "watch_platforms": msg("Looked whether city platforms take events"),
    "watch_providers": msg("Judged what providers were asked"),
    "suspend_provider": msg("Gave a provider's work to its standby"),
    "resume_provider": msg("Gave a provider its work back"),
    "go_on": msg("Went on with plans that nobody had answered"),
    "shelve": msg("Held back further alerts like one"),
    "silence_area": msg("Silenced a rule in an area"),
    "plan_maintenance": msg("Planned work on devices"),
    "lift_silence": msg("Ended a silence"),
    "open_held": msg("Opened what had been held back"),
    "keep_deadlines": msg("Gave deadlines to alerts that had none"),
    "record_past": msg("Recorded the past"),
    "try_contact": msg("Sent a contact a test message"),
    "try_responder": msg("Sent a responder a test message"),
    "cut_audit": msg("Deleted old rows of the audit"),
}

#: What is wrong at a place of the audit; it follows the number of the row.
AUDIT_FAULTS: Final[Mapping[str, str]] = {
    "changed": msg("its contents do not give its hash"),
    "missing": msg("missing"),
    "misplaced": msg("not in its place"),
    "cut": msg("missing at the end"),
    "beginning": msg("missing at the beginning, and not for their age"),
    "head": msg("does not fit the head of the chain"),
    "rewritten": msg("not what was signed"),
    "signature": msg("a signature that is not genuine"),
    "unknown_key": msg("a signature by a key that is not known"),
    "unreadable": msg("cannot be read"),
}

FIELDS: Final[Mapping[str, str]] = {
    "name": msg("name"),
    "address": msg("address"),
    "phone": msg("telephone"),
    "contacts": msg("contacts"),
    "vitals": msg("vital signs"),
    "water": msg("water use"),
    "notes": msg("remarks"),
    "habits": msg("habits and absences"),
}

#: What a resident agrees to, or withdraws.
PURPOSES: Final[Mapping[str, str]] = {
    "water": msg("The water of the home may be watched and shown"),
    "band": msg("What a band measures may be watched and shown"),
    "family_values": msg("The family may see values, not only whether all is normal"),
}

#: When a role may do or see something; `always` is only a mark in a table.
WHENS: Final[Mapping[str, str]] = {
    "with_alert": msg("with an open alert"),
    "own": msg("own"),
    "glass": msg("behind the glass"),
    "linked": msg("of the link's alert"),
    "agreed": msg("of the link's alert, where agreed"),
}

OUTCOMES: Final[Mapping[str, str]] = {
    "fine": msg("Confirmed safe and well"),
    "away": msg("Confirmed away"),
    "helped": msg("Needed help, was helped"),
    "hospital": msg("Taken to hospital"),
    "moved": msg("Moved away"),
    "deceased": msg("Deceased"),
    "device": msg("Device was the cause"),
    "false": msg("False alarm or pressed by mistake"),
    "other": msg("Something else (see the note)"),
    "withdrawn": msg("No longer asked"),
}

#: What the other desks may close with, and what it is called there. Who is found in need beside a leak is helped like anybody.
OUTCOMES_OF_DESK: Final[Mapping[str, Mapping[str, str]]] = {
    "property": {
        "fine": msg("Water was used on purpose"),
        "helped": msg("Shut off or repaired"),
        "hospital": msg("Taken to hospital"),
        "device": msg("Meter was the cause"),
        "false": msg("False alarm"),
    },
    "devices": {
        "fine": msg("Works again by itself"),
        "helped": msg("Charged, repaired or replaced"),
        "device": msg("Device fails, visit arranged"),
        "false": msg("False alarm"),
    },
}

CONDITIONS: Final[Mapping[str, str]] = {"firing": msg("Still going on"), "cleared": msg("Over, not checked")}

ANSWERS: Final[Mapping[str, str]] = {
    "unacknowledged": msg("Not taken yet"),
    "acknowledged": msg("Being answered"),
    "resolved": msg("Closed"),
}

TRANSITIONS: Final[Mapping[str, str]] = {
    "opened": msg("Alert opened"),
    "cleared": msg("Signal over"),
    "reopened": msg("Happened again"),
    "raised": msg("Became more urgent"),
    "contradicted": msg("Late data show a sign of life before it"),
    "acknowledged": msg("Taken"),
    "resolved": msg("Closed with an outcome"),
    "escalated": msg("Nobody answered: next step"),
    "replied": msg("The family answered"),
    "visited": msg("Visit"),
    "released": msg("Given back to the queue"),
    "returned": msg("Closed by mistake, reopened"),
    "noted": msg("Note added"),
}

#: Whom a response plan tells.
PARTIES: Final[Mapping[str, str]] = {
    "resident": msg("the resident"),
    "family": msg("the family"),
    "desk": msg("the desk"),
    "worker": msg("the paired volunteer or grid worker"),
    "provider": msg("the provider"),
    "supervisor": msg("the supervisor"),
}

#: What somebody is who answers for alerts.
RESPONDER_KINDS: Final[Mapping[str, str]] = {
    "desk": msg("desk"),
    "field": msg("grid worker"),
    "volunteer": msg("volunteer"),
    "provider": msg("provider"),
    "supervisor": msg("supervisor"),
}

#: How far a visit has come.
VISIT_STATES: Final[Mapping[str, str]] = {
    "assigned": msg("Sent"),
    "en_route": msg("On the way"),
    "at_door": msg("At the door"),
    "seen": msg("Was there"),
    "missed": msg("Nobody came"),
    "cancelled": msg("Called off"),
    "declined": msg("Cannot go"),
}

#: Whom somebody called by hand.
CALLEES: Final[Mapping[str, str]] = {
    "resident": msg("the resident"),
    "contact": msg("a contact"),
    "emergency": msg("the emergency number"),
}

#: Why what a cloud pushed may be lost.
LOSSES: Final[Mapping[str, str]] = {
    "down": msg("the intake did not run"),
    "full": msg("the journal was full"),
    "busy": msg("too many messages waited for the disk"),
    "disk": msg("the disk took nothing"),
    "late": msg("the disk took too long"),
    "rate": msg("the cloud sent too many messages a second"),
    "stopping": msg("the intake was stopped"),
}

#: What became of a call.
CALL_RESULTS: Final[Mapping[str, str]] = {
    "no_answer": msg("No answer"),
    "spoke": msg("Spoke with them"),
    "off": msg("Switched off"),
    "wrong_number": msg("Wrong number"),
}

#: Why the circuit of a provider is as it is.
CIRCUIT_CAUSES: Final[Mapping[str, str]] = {
    "share": msg("too many visits failed"),
    "committee": msg("vetoed by the residents' committee"),
    "decision": msg("decided"),
    "waited": msg("tried again after a while"),
    "trial_failed": msg("a trial visit failed"),
    "trial_kept": msg("the trial visits were kept"),
}

#: How what a provider was asked has ended.
ORDER_VERDICTS: Final[Mapping[str, str]] = {
    "kept": msg("Kept"),
    "late": msg("Late"),
    "missed": msg("Nobody came"),
    "declined": msg("Declined"),
    "unanswered": msg("Not answered"),
    "excused": msg("Not counted"),
}

#: What is answered after the closing of an alert.
FOLLOW_UP_ANSWERS: Final[Mapping[str, str]] = {
    "good": msg("Somebody came, and it was right"),
    "nobody": msg("Nobody came"),
    "wrong": msg("Somebody came, and it was not right"),
}

#: How far the order of a city platform has come.
ORDER_PROGRESS: Final[Mapping[str, str]] = {
    "taken": msg("somebody there answers for it"),
    "on_the_way": msg("somebody is on the way"),
    "at_the_door": msg("somebody is at the door"),
    "done": msg("it is done"),
    "note": msg("see the remark"),
}

#: What proves that somebody was at the door.
DOOR_PROOFS: Final[Mapping[str, str]] = {"none": msg("none"), "code": msg("the code at the door")}

#: "unknown" must never read as fine.
HOME_STATES: Final[Mapping[str, str]] = {
    "active": msg("Sign of life within 4 h"),
    "quiet": msg("Quiet over 4 h"),
    "unknown": msg("Not known"),
    "away": msg("Away"),
}

#: How contacts and devices are told by themselves, by kind of channel.
CHANNELS: Final[Mapping[str, str]] = {
    "webhook": msg("message over the internet"),
    "wecom_robot": msg("message in a WeCom group"),
    "dingtalk_robot": msg("message in a DingTalk group"),
    "feishu_robot": msg("message in a Feishu group"),
    "robot": msg("message through a web service"),
    "email": msg("e-mail message"),
    "sms": msg("text message"),
    "voice": msg("automatic call"),
    "wecom_app": msg("message from a WeCom application"),
    "apprise": msg("message through Apprise, never known to arrive"),
    "command": msg("question on a device at home"),
}

#: How far a message is. That one was taken, delivered or picked up is no answer.
MESSAGE_STANDINGS: Final[Mapping[str, str]] = {
    "waits": msg("waits for its turn"),
    "leaves": msg("is leaving"),
    "again": msg("failed, and is tried again"),
    "taken": msg("taken by the receiver"),
    "awaited": msg("taken by the provider, no receipt yet"),
    "unechoed": msg("sent to the device, which has not answered"),
    "echoed": msg("the device has answered; nobody is known to have noticed it"),
    "handed_over": msg("handed over, not known to have arrived"),
    "delivered": msg("delivered"),
    "picked_up": msg("picked up, by somebody or a voice box"),
    "key": msg("picked up, and a key was pressed"),
    "unanswered": msg("nobody picked up"),
    "failed": msg("the provider cannot reach this address"),
    "needless": msg("not needed any more"),
    "given_up": msg("given up on"),
}

QUARANTINE_REASONS: Final[Mapping[str, str]] = {
    "unknown_topic": msg("Topic not recognised"),
    "unknown_device": msg("Device not registered"),
    "too_large": msg("Message too large"),
    "not_json": msg("Not valid JSON"),
    "wrong_shape": msg("Not in the expected form"),
    "empty": msg("Empty message"),
    "wrong_type": msg("Value of the wrong type"),
    "absurd_value": msg("Impossible value"),
    "absurd_time": msg("Impossible time"),
    "retained": msg("Retained by the broker: age not known"),
    "simulated": msg("Made by a test button of the platform: no device sent it"),
    "defect": msg("homebeat failed over it: please report it"),
}
