"""One sentence per reason code, as a neighbour would say it. Parameters are filled in as texts of the reader's language.

A parameter's name says how it is written: `quiet_s` (a duration) becomes ``%(quiet)s``, `life_at` (a time) ``%(life)s``,
`from_minute` (minutes of the local day) ``%(from)s``; other numbers and codes keep their name. The parameters of each code are
those that the engine and the rules write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.wording.catalogue import msg

SENTENCES: Final[Mapping[str, str]] = {
    # calls for help and alarms
    "sos": msg("The SOS button was pressed at %(since)s."),
    "fall_flagged": msg(
        "The band reported a fall at %(since)s; nothing else is known of it. homebeat goes on checking: please call as well."
    ),
    "fall_flagged_worn": msg(
        "The band reported a fall at %(since)s; somebody was certainly wearing it at %(worn)s. homebeat goes on "
        "checking: please call as well."
    ),
    "fall_flagged_off": msg(
        "The band reported a fall at %(since)s, but nobody seems to have been wearing it. homebeat goes on checking: "
        "please call as well."
    ),
    "fall_flagged_moved": msg("The band reported a fall at %(since)s; there was a sign of life after that, at %(life)s."),
    "fall_still": msg(
        "The band reported a fall at %(since)s, and %(still)s later nobody had stirred or answered; "
        "it was certainly worn at %(worn)s."
    ),
    "fall_unanswered": msg(
        "The band reported a fall at %(since)s, and %(still)s later nobody had stirred or answered; "
        "nothing else is known of the band."
    ),
    "fall_no_answer": msg(
        "The band reported a fall at %(since)s; its wearer was asked, and %(still)s later had neither answered nor stirred."
    ),
    "fall_again": msg("The band reported a fall at %(since)s, soon after another one at %(before)s."),
    "fall_and_sos": msg("The band reported a fall at %(since)s, and its SOS button was pressed at %(sos)s."),
    "fall_moved": msg("There was a sign of life after the fall, at %(life)s."),
    "fall_not_worn": msg("Nobody had been wearing the band that reported a fall at %(since)s."),
    "smoke": msg("The smoke detector went off at %(since)s. Find out at once; call the fire brigade if there is a fire."),
    "gas": msg("The gas detector went off at %(since)s. Find out at once; no switches and no flames until somebody is there."),
    "device_tamper": msg("The device reported at %(since)s that it was opened, or taken off its place."),
    "unreadable_alarm": msg(
        "The device sent a message at %(since)s that could not be read; it may be an SOS. Please call at once; below "
        "is what could be read."
    ),
    # the person may need help
    "no_sign_of_life": msg(
        "Quiet at home for %(quiet)s (alert after %(limit)s): the last sign of life was at %(life)s, and the devices "
        "were still working at %(proven)s. Please call or visit."
    ),
    "no_sign_of_life_door": msg(
        "Quiet at home for %(quiet)s since a door moved at %(life)s (alert after a door: %(limit)s): out for unusually "
        "long, or in need of help. The devices were still working at %(proven)s. Please call or visit."
    ),
    "no_sign_of_life_pulses": msg(
        "Quiet at home for %(quiet)s (alert after %(limit)s): since %(life)s the water meter has moved by single "
        "counts only, the last at %(pulse)s, as a dripping tap makes it. Please call or visit."
    ),
    "no_sign_of_life_not_worn": msg(
        "Quiet at home for %(quiet)s; for %(unworn)s of it the band was not worn and could show nothing (alert because "
        "of that after %(limit)s). The last sign of life was at %(life)s, and a device was still working at "
        "%(proven)s. Please call or visit."
    ),
    "no_sign_of_life_usual": msg(
        "Quiet at home for %(quiet)s (alert after %(limit)s): the last sign of life was at %(life)s, and the devices "
        "were still working at %(proven)s. On %(days)s of the last %(of_days)s days the first one came between "
        "%(usual_from)s and %(usual_to)s. Please call or visit."
    ),
    "no_sign_of_life_ever": msg(
        "Quiet at home for %(quiet)s (alert after %(limit)s), and no sign of life since watching began; the devices "
        "were still working at %(proven)s. Please call or visit."
    ),
    "asked": msg(
        "Quiet at home for %(quiet)s, since %(life)s: the resident was asked on the band, and homebeat waits for the answer."
    ),
    "asked_by_lamp": msg(
        "Quiet at home for %(quiet)s, since %(life)s: a lamp at home was told to ask the resident, and homebeat waits for a sign "
        "of life."
    ),
    "asked_lamp": msg(
        "The lamp %(device)s was told to blink, to ask the resident, and it answered at %(echoed)s. That shows that it works, "
        "and not that anybody saw it."
    ),
    "asked_siren": msg(
        "The siren %(device)s was told to sound softly, to ask the resident, and it answered at %(echoed)s. That shows that it "
        "works, and not that anybody heard it."
    ),
    "asked_answered": msg("The resident answered, or was seen to be up, at %(life)s."),
    "asked_no_answer": msg(
        "Asked at %(asked)s on a device at home, and no answer within %(answer)s; the last sign of life at home was at "
        "%(life)s, %(quiet)s before. Please call or visit."
    ),
    "no_water": msg("Only %(litres)s L of water used in the last %(window)s (alert below %(limit_litres)s L)."),
    "unknown_too_long": msg(
        "For %(unknown)s nothing has shown whether all is well (alert after %(limit)s); the devices last worked for "
        "certain at %(proven)s. Please call or visit."
    ),
    "unknown_never": msg(
        "For %(unknown)s nothing has shown whether all is well (alert after %(limit)s), and no device has worked for "
        "certain yet. Please call or visit."
    ),
    # what limits rest on
    "limits_none": msg("This person's routine is not known yet: the general limit applies."),
    "limits_prior": msg(
        "Too little is known of this person's routine yet (days of data: %(days)s), so the general limit applies: an "
        "alert after %(longest)s of quiet at home."
    ),
    "limits_learned": msg(
        "Learned from %(days)s days (active in about %(signs)s half hours a day): an alert after %(shortest)s to %(longest)s "
        "of quiet at home, depending on the time of day."
    ),
    "limits_learned_usual": msg(
        "On %(first_days)s of the last %(of_days)s days the first sign of life came between %(from)s and %(to)s. Learned from "
        "%(days)s days (active in about %(signs)s half hours a day): an alert after %(shortest)s to %(longest)s of "
        "quiet at home, depending on the time of day."
    ),
    "low_at_home_unknown": msg(
        "No device shows whether this person is at home, so an outing looks like a quiet home: an alert may come only "
        "after %(longest)s. With a door contact or a band it comes much earlier."
    ),
    "low_few_signs": msg(
        "Too little is seen of this person to notice early that something is wrong: an alert may come only after "
        "%(longest)s. With another device or a finer meter it comes earlier."
    ),
    # vital signs and limits
    "heart_rate_high": msg("Heart rate %(value)s a minute, above the limit of %(limit)s%(held)s."),
    "heart_rate_low": msg("Heart rate %(value)s a minute, below the limit of %(limit)s%(held)s."),
    "spo2_low": msg("Blood oxygen %(value)s%%, below the limit of %(limit)s%%%(held)s."),
    "threshold_above": msg("%(metric)s is %(value)s, above the limit of %(limit)s%(held)s."),
    "threshold_below": msg("%(metric)s is %(value)s, below the limit of %(limit)s%(held)s."),
    # water that should not run
    "water_running": msg(
        "Water has been running for %(run)s without a pause, at least %(flow_lph)s L an hour; the longest that is "
        "usual here is %(usual)s. A leak, a tap left open, or somebody who cannot get to it: call the resident first."
    ),
    "water_running_new": msg(
        "Water has been running for %(run)s without a pause (alert after %(limit)s), at least %(flow_lph)s L an hour. "
        "A leak, a tap left open, or somebody who cannot get to it: call the resident first."
    ),
    "water_running_strong": msg(
        "For %(run)s the water meter has counted at least %(flow_lph)s L in every hour; the longest such spell that is "
        "usual here is %(usual)s. A leak, a tap left open, or somebody who cannot get to it: call the resident first."
    ),
    "water_dripping": msg(
        "For %(days)s days the water meter has never stood still for longer than %(every)s: a dripping tap or cistern? "
        "Until it is mended, a single count of the meter is not taken for a sign of life."
    ),
    "water_surge": msg(
        "%(litres)s L of water used within %(window)s (alert above %(limit_litres)s L): a burst pipe, or a tap left "
        "open? Call the resident first."
    ),
    "meter_leak": msg("The water meter itself reports a leak, since %(since)s."),
    "meter_burst": msg(
        "The water meter itself reports a burst pipe at %(since)s: shut the water off, and look after the person."
    ),
    # slow change
    "night_use_drift": msg("Usually active in %(usual)s of the five hours after midnight; in %(now)s over the last five nights."),
    "resting_heart_rate_drift": msg(
        "The heart rate at rest is usually %(usual)s a minute at night; over the last two nights it was %(now)s."
    ),
    "home_early": msg(
        "Somebody has been at home since %(home)s, though an absence is declared until %(until)s. The home is watched again;"
        " please ask, and end the absence."
    ),
    "home_early_open": msg(
        "Somebody has been at home since %(home)s, though an absence is declared until further notice. The home is "
        "watched again;"
        " please ask, and end the absence."
    ),
    "first_use_late": msg("The first sign of life of the day usually comes at %(usual)s; over the last five days at %(now)s."),
    "steps_drift": msg("Usually %(usual)s steps a day; over the last five days %(now)s."),
    "volume_falls": msg("The home usually uses %(usual)s L of water a week; over the last seven days only %(now)s L."),
    "volume_rises": msg("The home usually uses %(usual)s L of water a week; over the last seven days it was %(now)s L."),
    # devices
    "device_silent": msg(
        "The device has been silent for %(silent)s; it was last heard at %(heard)s. Nothing is known from it since; "
        "that does not mean that the resident is quiet."
    ),
    "device_never_heard": msg("The device has not been heard once in the %(silent)s since it was registered."),
    "device_battery_low": msg(
        "The device's battery is down to %(battery_pct)s%% (alert at %(limit)s%%). Please have it charged or replaced."
    ),
    "device_battery_flag": msg("The device says that its battery is low. Please have it charged or replaced."),
    "not_worn": msg(
        "The band has not been worn for %(off)s, since %(since)s: it could report no SOS, no fall and no heart rate in that time."
    ),
    "meter_fell": msg("The water meter's total went back from %(before)s m³ to %(after)s m³: a new meter, or a fault?"),
    "meter_back": msg(
        "The water meter's total went back from %(before)s m³ to %(after)s m³, where it had stood before: it was "
        "misread, and no water ran in between."
    ),
    "meter_jumped": msg("The water meter's total jumped by %(litres)s L within %(span)s, more than a home can use."),
    "meter_status": msg("The water meter reports a fault: %(status)s."),
    # where homebeat itself failed
    "judging_failed": msg("homebeat fails at this home and is blind there: %(rules)s. Ask how things are, and report it."),
    "judging_works": msg("homebeat can judge this home again."),
    "reason_lost": msg("%(rule)s. The details could not be worked out or kept."),
    # what happened to the alert
    "cleared": msg("The cause of this alert is over: %(rule)s."),
    "left_the_registry": msg(
        "The home, the person or the device is no longer registered, so homebeat cannot tell whether this is over: %(rule)s."
    ),
    "rule_switched_off": msg(
        "The rule is switched off for this home now, so homebeat cannot tell whether this is over: %(rule)s."
    ),
    "consent_withdrawn": msg(
        "A resident withdrew consent to what this alert rests on. homebeat cannot tell whether this is over: %(rule)s."
    ),
    "life_again": msg("There was a sign of life again at %(life)s."),
    "late_data": msg("Readings that came in late show a sign of life at %(life)s, before this alert was opened."),
    "help_cancelled": msg(
        "The call for help was cancelled on the device at %(at)s, perhaps by somebody else. Please call to make sure."
    ),
    "device_back": msg("The device was heard again at %(heard)s."),
    "resolved_already": msg("What this alert is about was reported once more (since %(since)s), after somebody had closed it."),
    "behind_area_outage": msg(
        "This was so since %(since)s. It waited behind the alert about many homes, which had no water since %(cause)s."
    ),
    "behind_gateway_down": msg(
        "This was so since %(since)s. It waited behind the alert about many homes, whose devices were silent since %(cause)s."
    ),
    "behind_many_quiet": msg(
        "This was so since %(since)s. It waited behind the alert about many homes, which were quiet since %(cause)s."
    ),
    "silenced": msg("This was so since %(since)s. Somebody had silenced it, so the alert was opened later."),
    "again": msg("It happened again at %(since)s, while this alert was waiting or had just been taken."),
    "taken": msg("Somebody has taken this alert."),
    "answered": msg("Somebody has closed this alert with an outcome."),
    "plan_begun": msg("The plan for this alert has begun: %(who)s."),
    "nobody_answered": msg("Nobody has answered yet. Next in the plan: %(who)s (channels: %(ways)s)."),
    "nobody_answered_no_standby": msg(
        "Nobody has answered yet. Next in the plan: %(who)s (channels: %(ways)s). This provider should not get the work, "
        "but nobody can stand in."
    ),
    "family_calling": msg("Somebody of the family is calling."),
    "family_fine": msg("Somebody of the family says that all is well."),
    "family_with_me": msg("Somebody of the family says: with me until %(until)s."),
    "family_go": msg("Somebody of the family asks that somebody goes and checks."),
    "visit_assigned": msg("Somebody was sent to the door; they are to set off by %(due)s."),
    "visit_en_route": msg("Somebody is on the way; they are due at the door by %(due)s."),
    "visit_at_door": msg("Somebody is at the door (proof: %(proof)s); what they find is due by %(due)s."),
    "visit_seen": msg("Somebody was at the door (proof: %(proof)s) and reports: %(outcome)s."),
    "visit_seen_by": msg("Somebody was seen at the door; the desk closes this alert."),
    "follow_up_good": msg("Follow-up: somebody came, and it was right."),
    "follow_up_nobody": msg("Follow-up: nobody came."),
    "follow_up_wrong": msg("Follow-up: somebody came, and it was not right."),
    "visit_missed": msg("Nobody came to the door in time."),
    "visit_resumed": msg("The closing was undone: whoever was to go to the door is expected again, by %(due)s."),
    "door_code_wrong": msg("A code was typed that is not the one at the door (try %(tries)s of %(most)s)."),
    "sent_later": msg("That was pressed on the telephone at %(at)s; there was no connection until now."),
    "photo_sent": msg("A photo was sent from the door."),
    "photo_removed": msg("A photo from the door was removed by whoever had sent it."),
    "visit_cancelled": msg("The visit was called off."),
    "visit_cannot": msg("Whoever was to go to the door cannot."),
    "order_reported": msg("%(platform)s reports on its order %(order)s: %(progress)s."),
    "order_unknown": msg("%(platform)s reports something on its order %(order)s that means nothing here; the remark has it."),
    "taken_no_outcome": msg("Somebody had taken this alert and said nothing more in time. It waits for somebody again."),
    "handed_over": msg("Taken over from whoever had it, at the end of a shift."),
    "given_back": msg("Whoever had taken this alert has given it back to the queue."),
    "taken_back": msg("This alert was closed by mistake and is open again."),
    "note": msg("A note was added."),
    "call_no_answer": msg("Called: %(callee)s. Nobody answered."),
    "call_spoke": msg("Called: %(callee)s. Somebody answered."),
    "call_off": msg("Called: %(callee)s. The telephone is switched off or out of reach."),
    "call_wrong_number": msg("Called: %(callee)s. The number is wrong."),
    "home_seen": msg("The home %(home)s: somebody was seen there."),
    "home_not_opened": msg("The home %(home)s: nobody opened."),
    "session_lost": msg(
        "The broker no longer knew the session %(session)s: what devices sent while homebeat was away is lost, calls "
        "for help "
        "as well. Ask those who may have called, and find out why."
    ),
    "intake_down": msg(
        "The intake has not said since %(since)s that it works: what clouds push is lost, calls for help as well. Start it, "
        "and ask those who may have called."
    ),
    "intake_failing": msg(
        "Messages of the cloud %(cloud)s have been lost since %(since)s: %(loss)s. Ask those who may have called, and find "
        "out why."
    ),
    "intake_hole": msg(
        "Messages of the cloud %(cloud)s may be lost, from %(since)s to %(until)s: %(loss)s. Ask those who may have called, "
        "and find out why."
    ),
    "intake_back": msg("Messages are taken again."),
    "unregistered_alarm": msg(
        "The unregistered device %(device)s sent a call for help (%(shows)s) at %(since)s on the topic %(topic)s. "
        "Find out whose it is."
    ),
    "unregistered_near": msg(
        "The unregistered device %(device)s sent a call for help (%(shows)s) at %(since)s on the topic %(topic)s. "
        "It may be %(nearest)s of the home %(home)s."
    ),
    "unregistered_topic": msg(
        "The device %(device)s of the home %(home)s sent a call for help (%(shows)s) at %(since)s on the topic %(topic)s, "
        "which nobody reads."
    ),
    "unregistered_known": msg("The device is registered now, and the message was used."),
    "unregistered_others": msg(
        "%(count)s more calls for help came from devices that nobody has registered. Their messages are in quarantine."
    ),
    "device_misread_codec": msg(
        "The device reports, and nothing useful is understood: its messages look like those of %(codec)s. Enter that as the form "
        "of its messages."
    ),
    "device_misread_names": msg(
        "The device reports, and nothing useful is understood. Names that homebeat does not read, and what they may mean: "
        "%(names)s. A map of fields can say so."
    ),
    "device_misread_unit": msg(
        "The device gives a volume, and nothing says in which unit, so that it is not used: %(names)s. Have its decoder name it "
        "volume_m3, or enter a map of fields with the factor."
    ),
    "device_misread_counters": msg(
        "The device has counters to which meters may be wired: %(names)s. Enter each meter as a device of its own, with the "
        "address of this device, a slash and the name of its counter as its address (such as ADDRESS/%(example)s), and how many "
        "litres one count is."
    ),
    "device_misread_pulses": msg("The device counts pulses, and how many litres one is, is not known: enter it with the device."),
    "device_misread_no_value": msg(
        "The device reports, and has never given what such a device is there for: %(metric)s. Look at its last message."
    ),
    "device_understood": msg("The device gives now what such a device is there for."),
    "model_misread_codec": msg(
        "At least %(devices)s devices of one model (%(model)s) report, and nothing useful is understood: their messages look "
        "like those of %(codec)s. Enter that as the form of their messages."
    ),
    "model_misread_names": msg(
        "At least %(devices)s devices of one model (%(model)s) report, and nothing useful is understood. Names that homebeat "
        "does not read, and what they may mean: %(names)s. A map of fields can say so."
    ),
    "model_misread_unit": msg(
        "At least %(devices)s devices of one model (%(model)s) give a volume, and nothing says in which unit, so that it is not "
        "used: %(names)s. Have their decoder name it volume_m3, or enter a map of fields with the factor."
    ),
    "model_misread_counters": msg(
        "At least %(devices)s devices of one model (%(model)s) have counters to which meters may be wired: %(names)s. Enter each "
        "meter as a device of its own, with the address of the device, a slash and the name of its counter as its address (such "
        "as ADDRESS/%(example)s), and how many litres one count is."
    ),
    "model_misread_pulses": msg(
        "At least %(devices)s devices of one model (%(model)s) count pulses, and how many litres one is, is not known: enter it "
        "with the model."
    ),
    "model_misread_no_value": msg(
        "At least %(devices)s devices of one model (%(model)s) report, and have never given what such devices are there for: "
        "%(metric)s. Look at their last messages."
    ),
    "model_understood": msg("Each device of the model that was not understood gives now what it is there for, or has left."),
    "area_outage": msg(
        "No water has run in any of %(homes)s homes since %(since)s, though their meters are heard: is the water shut off? "
        "Longest without a sign of life first: %(list)s."
    ),
    "area_outage_over": msg("Water runs again, after it had not since %(since)s."),
    "gateway_down": msg(
        "The devices of %(homes)s homes have been silent since %(since)s: a gateway, the radio network or the power? "
        "These homes are not watched meanwhile. Longest without a sign of life first: %(list)s."
    ),
    "many_quiet": msg(
        "Residents of %(homes)s homes have become quiet within three hours, the first at %(since)s: one cause for all, or each "
        "of them needs somebody. Longest without a sign of life first: %(list)s."
    ),
    "many_quiet_over": msg("Most of the residents who had been quiet since %(since)s are not quiet any more."),
    "gateway_down_over": msg("The devices are heard again, after they had been silent since %(since)s."),
    "contact_unreachable": msg("For a day no message has come through to %(contact)s. Please find another way to reach them."),
    "contact_unreachable_over": msg("A message has come through again."),
    "platform_down": msg(
        "The city platform %(platform)s has taken no events since %(since)s. They wait for it, and nothing is lost; until then "
        "its people must be called."
    ),
    "platform_down_over": msg("The city platform %(platform)s takes events again, after it had taken none since %(since)s."),
    "delivery_failed": msg("A contact could not be notified (%(attempts)s attempts). Please call them."),
    "glass_broken_often": msg(
        "One person has broken the glass of %(homes)s homes within an hour. Somebody who reviews must look at once at the page "
        "Broken glass."
    ),
    "glass_broken_in_area": msg(
        "The glass of %(homes)s homes of this area was broken within an hour. Somebody who reviews must look at once at the page "
        "Broken glass."
    ),
    "nobody_on_duty": msg(
        "Nobody is on duty from %(starts)s to %(ends)s (rota %(rota)s). Find somebody now, and answer this area's alerts "
        "meanwhile."
    ),
    "nobody_on_duty_ahead": msg(
        "Nobody will be on duty from %(starts)s to %(ends)s (rota %(rota)s). Give the shift to somebody."
    ),
    "provider_failing": msg(
        "Of %(visits)s visits asked of the provider %(provider)s, %(failed)s failed. Its work goes to: %(standby)s. Speak "
        "with it, and decide."
    ),
    "provider_vetoed": msg(
        "The residents' supervising committee vetoed the provider %(provider)s. Its work goes to: %(standby)s."
    ),
    "provider_stopped": msg("A supervisor suspended the provider %(provider)s. Its work goes to: %(standby)s."),
    "provider_trial_failed": msg(
        "On trial, %(failed)s of %(visits)s visits of the provider %(provider)s failed. Its work goes to: %(standby)s. Decide."
    ),
    "provider_on_trial": msg("The provider %(provider)s is on trial: its standby is notified together with it."),
    "provider_resumed": msg("The provider %(provider)s has its work again."),
    "complaint_new": msg(
        "Complaint number %(complaint)s has come in; %(waiting)s wait for an answer. The page Providers and volunteers has them."
    ),
    "complaint_again": msg(
        "Somebody has complained of the same alert again: number %(complaint)s; %(waiting)s wait for an answer."
    ),
    "complaints_answered": msg("Each complaint of the area has an answer."),
    "nobody_on_duty_over": msg("Somebody is on duty, and no gap is ahead."),
}

#: Said after the sentence of a home that shares its trouble with others.
OUTAGES: Final[Mapping[str, str]] = {
    "area_outage": msg(
        "In this area no water has run in %(outage_homes)s homes since %(outage)s: there may be one cause for all. "
        "Somebody still has to look after this person."
    ),
    "many_quiet": msg(
        "In this area residents of %(outage_homes)s homes have become quiet since %(outage)s: there may be one cause for all. "
        "Somebody still has to look after this person."
    ),
    "gateway_down": msg(
        "The devices of %(outage_homes)s homes of this area have been silent since %(outage)s: there may be one cause for all."
    ),
}
#: Said after the sentence of an alert about a person in whose home somebody works on devices.
MAINTAINED: Final = msg("Work on devices here is planned until %(maintained)s: they may be why. Somebody still has to look.")
#: Said after a sentence that is about a part of an area, by the parameter that names the part.
PARTS: Final[Mapping[str, str]] = {"building": msg("Building: %(building)s."), "gateway": msg("Gateway: %(gateway)s.")}
#: Said after the sentence of an alarm whose time is in doubt.
RECEIVED: Final = msg("The message was received at %(received)s: it was held up on its way, or the device's clock is wrong.")
#: After a sentence about an alarm of which the device says that it is a test. The alarm is a real one all the same.
TESTED: Final = msg("The device says that its test button was pressed. Make sure that it was a test.")
UNTIMED: Final = msg("This is when the message was received: the device gave no usable time, and the alarm may be older.")
HELD: Final = msg(" for %(duration)s")
NOT_GIVEN: Final = msg("not known")
#: In place of the standby of a provider where there is none.
NOBODY_STANDS_IN: Final = msg("nobody, so it is still notified")
UNKNOWN_CODE: Final = msg("Reason: %(code)s.")

#: What stands beside a family's answer adds to its sentence, by the names of `response.deadline`.
WEIGHTS: Final = {
    "representative": msg("This is the family's answer."),
    "outranked": msg("The family's answer stands: this changes nothing in the plan."),
    "contested": msg("Somebody else of the family asks that somebody goes: this puts nothing off."),
}

#: What the word of a telephone adds to the sentence of a visit, by `domain.arrival.Nearness`.
NEARNESS: Final = {
    "near": msg("By the telephone they were %(distance_m)s m from the home."),
    "far": msg("But by the telephone they were %(distance_m)s m from the home."),
    "unusable": msg("The telephone's position could not be used."),
}
