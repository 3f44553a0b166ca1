"""Every change that a person, the engine or a part of homebeat makes: one file for each, named by its verb.

An action is one transaction: may they do it, load what the decision rests on, decide, write the alert with its step, the
notices and the row of the audit. `perform` does what is the same for all; only this package writes alerts.

That somebody saw something is a row of the audit too (`look`).

What reads share stands here as well: who has a key or a session (`identify`), whom somebody sees (`directory`), how old is what
is known (`pulse`), what changed (`feed`).

Words: docs/glossary.md.
"""

from homebeat.actions.accept_hand_over import AcceptHandOver
from homebeat.actions.acknowledge import Acknowledge
from homebeat.actions.add_area import AddArea
from homebeat.actions.add_device import AddDevice
from homebeat.actions.add_home import AddHome
from homebeat.actions.add_note import AddNote
from homebeat.actions.announce_test import AnnounceTest
from homebeat.actions.answer_complaint import AnswerComplaint
from homebeat.actions.answer_follow_up import AnswerFollowUp
from homebeat.actions.assign_visit import AssignVisit
from homebeat.actions.attribute_complaint import AttributeComplaint
from homebeat.actions.begin_session import BeginSession
from homebeat.actions.break_glass import BreakGlass
from homebeat.actions.cancel_visit import CancelVisit
from homebeat.actions.change_contacts import ChangeContacts
from homebeat.actions.change_home import ChangeHome
from homebeat.actions.change_plan import ChangePlan
from homebeat.actions.change_response import ChangeResponse
from homebeat.actions.change_rules import ChangeRules
from homebeat.actions.choose_limit import ChooseLimit
from homebeat.actions.connect_identity import ConnectIdentity
from homebeat.actions.connect_own_identity import ConnectOwnIdentity
from homebeat.actions.correct_hours import CorrectHours
from homebeat.actions.cut_audit import CutAudit
from homebeat.actions.decide_setting import DecideSetting
from homebeat.actions.disable_account import DisableAccount
from homebeat.actions.disconnect_identity import DisconnectIdentity
from homebeat.actions.end_absence import EndAbsence
from homebeat.actions.end_session import EndSession
from homebeat.actions.end_session_of import EndSessionOf
from homebeat.actions.enter_absence import EnterAbsence
from homebeat.actions.enter_call import EnterCall
from homebeat.actions.enter_consent import EnterConsent
from homebeat.actions.enter_early_receipts import EnterEarlyReceipts
from homebeat.actions.enter_hours import VOLUNTEERS, EnterHours, enter_hours
from homebeat.actions.enter_receipts import EnterReceipts
from homebeat.actions.erase_resident import EraseResident
from homebeat.actions.feed import ChangeFeed
from homebeat.actions.file_complaint import FileComplaint
from homebeat.actions.follow_edges import FollowEdges
from homebeat.actions.follow_reach import FollowReach
from homebeat.actions.give_role import GiveRole
from homebeat.actions.give_shift import GiveShift
from homebeat.actions.give_up import GiveUp
from homebeat.actions.go_on import GoOn
from homebeat.actions.keep_deadlines import KeepDeadlines
from homebeat.actions.lift_silence import LiftSilence
from homebeat.actions.look import Look, record_looks, show_with_record
from homebeat.actions.make_account import MakeAccount
from homebeat.actions.make_key import MakeKey
from homebeat.actions.make_link import MakeLink
from homebeat.actions.make_shift_feed import MakeShiftFeed
from homebeat.actions.mark_home import MarkHome
from homebeat.actions.miss_visits import MissVisits
from homebeat.actions.note_echo import NoteEcho
from homebeat.actions.note_export import NoteExport
from homebeat.actions.offer_hand_over import OfferHandOver
from homebeat.actions.open_by_code import OpenByCode
from homebeat.actions.open_held import OpenHeld
from homebeat.actions.open_own_visit import OpenOwnVisit
from homebeat.actions.perform import Perform, perform_in
from homebeat.actions.plan_maintenance import PlanMaintenance
from homebeat.actions.print_door_labels import PrintDoorLabels
from homebeat.actions.print_roster import PrintRoster
from homebeat.actions.provider_sign_in import ProviderSignIn
from homebeat.actions.record_past import RecordPast
from homebeat.actions.refuse_sign_in import RefuseSignIn
from homebeat.actions.release import Release
from homebeat.actions.remove_photo import RemovePhoto
from homebeat.actions.renew_door_code import RenewDoorCode
from homebeat.actions.reopen import Reopen
from homebeat.actions.reply import Reply
from homebeat.actions.report_order import ReportOrder
from homebeat.actions.report_visit import ReportVisit
from homebeat.actions.resolve import Resolve
from homebeat.actions.resume_provider import ResumeProvider
from homebeat.actions.retire_device import RetireDevice
from homebeat.actions.retire_home import RetireHome
from homebeat.actions.retire_rota import RetireRota
from homebeat.actions.retry_messages import RetryMessages
from homebeat.actions.review_glass import ReviewGlass
from homebeat.actions.revoke_family_links import RevokeFamilyLinks
from homebeat.actions.revoke_key import RevokeKey
from homebeat.actions.revoke_shift_feed import RevokeShiftFeed
from homebeat.actions.say_afterwards import SayAfterwards
from homebeat.actions.say_dead_letters import SayDeadLetters
from homebeat.actions.send_photo import SendPhoto
from homebeat.actions.set_field_map import SetFieldMap
from homebeat.actions.set_guide import SetGuide
from homebeat.actions.set_password import SetPassword
from homebeat.actions.set_rota import SetRota
from homebeat.actions.set_rotas import SetRotas
from homebeat.actions.set_second_factor import SetSecondFactor
from homebeat.actions.shelve import Shelve
from homebeat.actions.sign_in import SignIn
from homebeat.actions.silence_area import SilenceArea
from homebeat.actions.stop_writing import StopWriting
from homebeat.actions.suspend_provider import SuspendProvider
from homebeat.actions.swap_shifts import SwapShifts
from homebeat.actions.take_in import TakeIn
from homebeat.actions.take_leave import TakeLeave
from homebeat.actions.take_role import TakeRole
from homebeat.actions.try_contact import TryContact
from homebeat.actions.try_responder import TryResponder
from homebeat.actions.undo_field_map import UndoFieldMap
from homebeat.actions.undo_home_change import UndoHomeChange
from homebeat.actions.undo_rota_change import UndoRotaChange
from homebeat.actions.undo_setting import UndoSetting
from homebeat.actions.watch_complaints import WatchComplaints, watch_complaints
from homebeat.actions.watch_duty import WatchDuty, watch_duty
from homebeat.actions.watch_follow_ups import FOLLOW_UPS, WatchFollowUps, watch_follow_ups
from homebeat.actions.watch_platforms import WatchPlatforms, watch_platforms
from homebeat.actions.watch_providers import PROVIDERS, WatchProviders, watch_providers
from homebeat.actions.withdraw_setting import WithdrawSetting
from homebeat.actions.write_family_notes import WriteFamilyNotes, write_family_notes

__all__ = [
    "FOLLOW_UPS",
    "PROVIDERS",
    "VOLUNTEERS",
    "AcceptHandOver",
    "Acknowledge",
    "AddArea",
    "AddDevice",
    "AddHome",
    "AddNote",
    "AnnounceTest",
    "AnswerComplaint",
    "AnswerFollowUp",
    "AssignVisit",
    "AttributeComplaint",
    "BeginSession",
    "BreakGlass",
    "CancelVisit",
    "ChangeContacts",
    "ChangeFeed",
    "ChangeHome",
    "ChangePlan",
    "ChangeResponse",
    "ChangeRules",
    "ChooseLimit",
    "ConnectIdentity",
    "ConnectOwnIdentity",
    "CorrectHours",
    "CutAudit",
    "DecideSetting",
    "DisableAccount",
    "DisconnectIdentity",
    "EndAbsence",
    "EndSession",
    "EndSessionOf",
    "EnterAbsence",
    "EnterCall",
    "EnterConsent",
    "EnterEarlyReceipts",
    "EnterHours",
    "EnterReceipts",
    "EraseResident",
    "FileComplaint",
    "FollowEdges",
    "FollowReach",
    "GiveRole",
    "GiveShift",
    "GiveUp",
    "GoOn",
    "KeepDeadlines",
    "LiftSilence",
    "Look",
    "MakeAccount",
    "MakeKey",
    "MakeLink",
    "MakeShiftFeed",
    "MarkHome",
    "MissVisits",
    "NoteEcho",
    "NoteExport",
    "OfferHandOver",
    "OpenByCode",
    "OpenHeld",
    "OpenOwnVisit",
    "Perform",
    "PlanMaintenance",
    "PrintDoorLabels",
    "PrintRoster",
    "ProviderSignIn",
    "RecordPast",
    "RefuseSignIn",
    "Release",
    "RemovePhoto",
    "RenewDoorCode",
    "Reopen",
    "Reply",
    "ReportOrder",
    "ReportVisit",
    "Resolve",
    "ResumeProvider",
    "RetireDevice",
    "RetireHome",
    "RetireRota",
    "RetryMessages",
    "ReviewGlass",
    "RevokeFamilyLinks",
    "RevokeKey",
    "RevokeShiftFeed",
    "SayAfterwards",
    "SayDeadLetters",
    "SendPhoto",
    "SetFieldMap",
    "SetGuide",
    "SetPassword",
    "SetRota",
    "SetRotas",
    "SetSecondFactor",
    "Shelve",
    "SignIn",
    "SilenceArea",
    "StopWriting",
    "SuspendProvider",
    "SwapShifts",
    "TakeIn",
    "TakeLeave",
    "TakeRole",
    "TryContact",
    "TryResponder",
    "UndoFieldMap",
    "UndoHomeChange",
    "UndoRotaChange",
    "UndoSetting",
    "WatchComplaints",
    "WatchDuty",
    "WatchFollowUps",
    "WatchPlatforms",
    "WatchProviders",
    "WithdrawSetting",
    "WriteFamilyNotes",
    "enter_hours",
    "perform_in",
    "record_looks",
    "show_with_record",
    "watch_complaints",
    "watch_duty",
    "watch_follow_ups",
    "watch_platforms",
    "watch_providers",
    "write_family_notes",
]
