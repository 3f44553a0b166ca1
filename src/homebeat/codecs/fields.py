"""What decoders of LoRaWAN devices mean by the names of their values: metric, unit, scale, words, and what was not measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from homebeat.codecs.meter_states import BESIDE_DRY, STATE_FLAGS
from homebeat.codecs.wire import Raw
from homebeat.domain.metric import PLAUSIBLE, MeterStatus, Metric, Shape

_ON_OFF: Final[dict[str, float]] = {
    **dict.fromkeys(("true", "on", "yes", "y", "1", "high", "h", "open", "opened", "active"), 1.0),
    **dict.fromkeys(("false", "off", "no", "n", "0", "low", "l", "close", "closed", "inactive"), 0.0),
}
_MOVES: Final = _ON_OFF | {
    **dict.fromkeys(("trigger", "triggered", "detected", "motion", "moving", "occupied", "present", "movement"), 1.0),
    **dict.fromkeys(("normal", "idle", "none", "vacant", "clear", "no_motion", "unoccupied", "absent", "not_detected"), 0.0),
}
_TAMPERS: Final = _ON_OFF | {
    **dict.fromkeys(("uninstalled", "tampered", "removed", "triggered", "alarm"), 1.0),
    **dict.fromkeys(("installed", "normal", "ok", "none"), 0.0),
}
#: What the flag of a trouble of a meter is as a text; other texts are words for its state.
_TROUBLES: Final = _ON_OFF | {
    **dict.fromkeys(("alarm", "detected", "triggered", "wet", "water"), 1.0),
    **dict.fromkeys(("normal", "none", "ok", "clear", "idle", "inactive", "not_detected"), 0.0),
}
_LEAKS: Final = (
    _TROUBLES
    | dict.fromkeys(("dry", "noleak", "no_leak", "water_not_present"), 0.0)
    | dict.fromkeys(("leak", "leakage", "water_present", "small", "medium", "large"), 1.0)
)
_RAISED: Final = _ON_OFF | {
    **dict.fromkeys(("alarm", "triggered", "detected", "pressed", "sos"), 1.0),
    **dict.fromkeys(("normal", "none", "ok", "idle", "released", "no_alarm", "noalarm"), 0.0),
}
#: What a total is called. Where its unit stands beside it, or at the end of its name, it is a volume.
_TOTALS: Final = """
    volume totalvolume volumetotal total watertotal totalwater totalwatervolume reading meterreading waterreading currentvolume
    currentreading cumulativevolume cumulativetotal accumulatedvolume totalizer meterindex cumulativeflow accumulatedflow
"""
TOTALS: Final = frozenset(_TOTALS.split())
METRES: Final = ("m3", "cubicmeters", "cubicmetres")
LITRES: Final = ("l", "litre", "litres", "liter", "liters")


@dataclass(frozen=True, slots=True)
class NamedValue:
    """What a decoder means by a name.

    Attributes:
        target: A metric, what only the registry explains, or the name of an extra; None: it says nothing that anybody needs.
        factor: The number times this is in our unit.
        words: What a text is as a number.
        is_text: Whether any text will do: it is shown, and nothing else.
        low: Smaller numbers stand for "not measured", as those above `high` do.
        high: See `low`.
        is_code: Whether it is the byte of states of a Qalcosonic meter.
        state: The state of a meter whose flag it is.
        is_flag: Whether every number but 0 is 1, as the 255 of a whole byte.
        is_words: Whether only words are read, and no numbers.
    """

    target: Metric | Raw | str | None
    factor: float = 1.0
    words: Mapping[str, float] = field(default_factory=dict)
    is_text: bool = False
    low: float = -1e15
    high: float = 1e15
    is_code: bool = False
    state: MeterStatus = MeterStatus.OK
    is_flag: bool = False
    is_words: bool = False


def _list_fields(**meant: tuple[NamedValue, str]) -> dict[str, NamedValue]:
    return {name: one for one, names in meant.values() for name in names.split()}


#: Names whose values say what the device is, or how the frame came.
_ABOUT_ITSELF: Final = """
    ipsoversion hardwareversion firmwareversion tslversion sn lorawanclass resetevent devicestatus power msgid nodetype model
    version payloadver payloadversion sensormodel frequencyband subband mod tdc workmode timestamp pnackmd batstatus alarmid bytes
    payload port fport datatime systimestamp tdcinterval
"""
#: Shown under the names that they have; what their units are, the decoder does not say.
_SHOWN: Final = "daylight light lux illuminance luminosity co2 pressure tvoc sound water accmotion"
#: The names of our own form mean the same here.
_OWN: Final = {metric.wire_name.replace("_", ""): NamedValue(metric, words=_ON_OFF if one.shape is Shape.BOOLEAN else {})
               for metric, one in PLAUSIBLE.items() if one.shape is not Shape.STATUS}  # fmt: skip
#: By name, in small letters and without underscores.
FIELDS: Final[Mapping[str, NamedValue]] = (
    _OWN
    | _list_fields(
        temperature=(
            NamedValue("temperature_c", low=-90, high=120),
            "temperature temp tempc airtemperature tempcsht tempcsht41 ambienttemperature ambienttemp sensortemperature",
        ),
        probe=(NamedValue("probe_temperature_c", low=-90, high=120), "externaltemperature tempcds tempcprobe exttempcsht"),
        water_temperature=(NamedValue("water_temperature_c", low=-90, high=120), "watertemperature watertemp"),
        humidity=(NamedValue("humidity_pct", low=0, high=100), "humidity hum humi rh relativehumidity humsht humsht41"),
        volts=(NamedValue("battery_voltage_v"), "batv batteryvoltage vbat volt voltage batvolt batteryv"),
        millivolts=(NamedValue("battery_voltage_v", 0.001), "vdd batterymv batmv batteryvoltagemv"),
        percent=(
            NamedValue(Metric.BATTERY_PCT, low=0, high=100),
            "batterypct batterypercent batterypercentage batterylevel batlevel batterylevle",
        ),
        low=(NamedValue(Metric.BATTERY_LOW, words=_ON_OFF | {"normal": 0.0, "ok": 0.0}), "lowbattery batterylow lowbatteryflag"),
        door=(
            NamedValue(Metric.DOOR_OPEN, words=_ON_OFF),
            "door dooropen doorstatus doorstate dooropenstatus doorwindow magnet magnetstatus magnetstate",
        ),
        contact=(
            NamedValue(Raw.CONTACT, words=_ON_OFF | {"contacts_opened": 1.0, "contacts_shorted": 0.0}),
            "contact contactstatus contactstate reed reedstatus gpio gpiostatus digital digitalistatus",
        ),
        reed=(NamedValue(Raw.CONTACT, words=_ON_OFF, is_flag=True), "reedstate"),
        motion=(
            NamedValue(Metric.MOTION, words=_MOVES),
            "motion motiondetected motionstatus motionstate pir pirstatus pirstate pirtrigger movement occupancy occupied occupy",
        ),
        motion_event=(NamedValue(Metric.MOTION, words=_MOVES, is_flag=True), "motioneventstate"),
        activity=(NamedValue(Metric.MOTION, words={"activity": 1.0, "no_activity": 0.0}, is_words=True), "extipinlevel"),
        tamper=(
            NamedValue(Metric.ALARM_TAMPER, words=_TAMPERS),
            "tamper tamperstatus tamperstate tampered tamperalarm tamperdetected tamperflag boxtamper disassembledalarm",
        ),
        shock=(
            NamedValue(Metric.ALARM_TAMPER, words=_TAMPERS | {"no_alarm": 0.0, "noalarm": 0.0}),
            "shocktamperalarm tamperevent",
        ),
        pulses=(
            NamedValue(Raw.PULSES, low=0),
            "pulse pulses pulsecount pulsecounter pulseabs1 totalpulses pulsetotal gpiocounter",
        ),
        cubic_metres=(NamedValue(Metric.VOLUME_M3), " ".join(["waterm3", *(one + end for one in TOTALS for end in METRES)])),
        litres=(
            NamedValue(Metric.VOLUME_M3, 0.001),
            " ".join(["waterl waterlitres waterliters", *(one + end for one in TOTALS for end in LITRES)]),
        ),
        flow=(NamedValue(Metric.FLOW_M3H), "flowm3h flowratem3h volumeflowm3h"),
        pulse_rate=(NamedValue(Metric.HEART_RATE_BPM), "heartrate heartratebpm hr bpm"),
        oxygen=(NamedValue(Metric.SPO2_PCT), "spo2 spo2pct bloodoxygen"),
        body=(NamedValue(Metric.BODY_TEMPERATURE_C), "bodytemperature bodytemperaturec bodytemp"),
        steps=(NamedValue(Metric.STEPS), "steps step stepcount"),
        worn=(NamedValue(Metric.WORN, words=_ON_OFF | {"worn": 1.0, "notworn": 0.0}), "worn iswearing wearing wearstatus"),
        bed=(NamedValue(Metric.BED_OCCUPIED, words=_MOVES), "bedoccupied inbed bedoccupancy"),
        latitude=(NamedValue(Metric.LAT), "latitude lat gpslatitude"),
        longitude=(NamedValue(Metric.LON), "longitude lon lng long gpslongitude"),
        sos=(NamedValue(Metric.ALARM_SOS, words=_RAISED), "sos sosalarm sosstatus sosevent sosflag panic emergency"),
        fall=(NamedValue(Metric.ALARM_FALL, words=_RAISED | {"fall": 1.0}), "fall falldetected fallalarm fallstatus"),
        smoke=(
            NamedValue(Metric.ALARM_SMOKE, words=_RAISED | {"smoke": 1.0, "fire": 1.0}),
            "smoke smokealarm smokedetected smokestatus smokestate fire firealarm firedetected incensesmokealarm",
        ),
        gas=(
            NamedValue(Metric.ALARM_GAS, words=_RAISED | {"gas": 1.0, "leak": 1.0}),
            "gasalarm gasdetected gasstatus gasstate gasleak gasleakage",
        ),
        monoxide=(NamedValue(Metric.ALARM_GAS, words=_RAISED), "coalarm codetected carbonmonoxidealarm carbonmonoxidedetected"),
        about_itself=(NamedValue(None), _ABOUT_ITSELF),
    )
    | {"meterstatus": NamedValue(Metric.METER_STATUS, state=MeterStatus.OTHER)}
    | {
        name: NamedValue(Metric.METER_STATUS, words=_LEAKS if state is MeterStatus.LEAK else _TROUBLES, state=state)
        for name, state in STATE_FLAGS.items()
    }
    | {name: NamedValue(name, is_text=True) for name in _SHOWN.split()}
)
_CODE: Final = NamedValue(Metric.METER_STATUS, is_code=True)
#: Words and flags for what the byte of states says.
_SAID_TWICE: Final = {name: NamedValue(None) for name in ("Alarms", "stateMessages", "leakage", "burst", "backflow", "dry")}
#: What is meant by it where one of the names of the key is there: names as the maker writes them.
OF_MAKERS: Final[tuple[tuple[frozenset[str], Mapping[str, NamedValue]], ...]] = (
    (  # Dragino: the flag of a button is its press
        frozenset({"Sound_key", "Sound_ACK"}),
        {"Alarm": NamedValue(Raw.PRESS, words={"true": 1.0, "false": 0.0}, low=1.0)},
    ),
    (  # Dragino, a tracker that is worn: its red button
        frozenset({"ALARM_status", "Alarm_status"}),
        {name: NamedValue(Raw.PRESS, words={"true": 1.0, "false": 0.0}, low=1.0) for name in ("ALARM_status", "Alarm_status")},
    ),
    (  # Dragino: the flag is about a door that stood open, or water that ran, for longer than was set
        frozenset(
            {"Node_type", "BAT_V", "BatV", "Bat_V", "BAT", "DATALOG", "Calculate_flag", "DOOR_OPEN_STATUS", "WATER_LEAK_STATUS"}
        ),
        {
            "Alarm": NamedValue("alarm_flag", words=_ON_OFF),
            "ALARM": NamedValue("alarm_flag", words=_ON_OFF),
            "Calculate_flag": NamedValue(None),
            "Last_pulse": NamedValue("pulses_since_last"),
            "BAT": NamedValue("battery_voltage_v"),
            "Bat_V": NamedValue("battery_voltage_v"),
            "BAT_V": NamedValue("battery_voltage_v"),
        },
    ),
    # Axioma, a Qalcosonic W1: cubic metres, and a byte of states. Decoders that are published name them in three ways; a volume
    # of another name (`total`, `volume`, `logCurrentVolume1`) is litres in some, so it is not guessed.
    (
        frozenset({"StatusCode", "statusCode", "status_code"}),
        {**{name: NamedValue(Metric.VOLUME_M3) for name in ("CurrentVolume", "currentVolume", "current_volume")}, **_SAID_TWICE},
    ),
    (frozenset({"stateMessages"}), {"volume": NamedValue(Metric.VOLUME_M3), "state": _CODE, **_SAID_TWICE}),
    (frozenset({"log_volume_m3"}), {"status": _CODE, **_SAID_TWICE}),
    (  # Netvox, detectors: heat is an alarm as fire is
        frozenset({"FireAlarm", "COAlarm"}),
        {"HighTempAlarm": NamedValue(Metric.ALARM_SMOKE, words=_RAISED)},
    ),
    (  # Netvox: the state of a dry contact
        frozenset({"Volt"}),
        {
            "Status": NamedValue(Raw.CONTACT, words=_ON_OFF),
            "OnOff": NamedValue(Raw.CONTACT, words=_ON_OFF),
            "Battery": NamedValue("battery_voltage_v"),
        },
    ),
    (  # Browan: one bit says what the device is there for
        frozenset({"humidityChanged"}),
        {
            "status": NamedValue(Metric.METER_STATUS, words=_LEAKS, state=MeterStatus.LEAK),
            "battery": NamedValue("battery_voltage_v"),
        },
    ),
    (
        frozenset({"temperatureBoard"}),
        {"status": NamedValue(Raw.CONTACT, words=_ON_OFF), "battery": NamedValue("battery_voltage_v")},
    ),
    (  # Sensative: of the frames of one decoder some say true for open, and some for closed; how wet it is in per cent
        frozenset({"historySeqNr", "prevHistSeqNr"}),
        {"door": NamedValue("door"), "flood": NamedValue("flood_pct")},
    ),
    (frozenset({"latestVolume"}), {"latestVolume": NamedValue(None)}),  # Kamstrup: it stands in the list, with its unit
    (  # Kamstrup and alike: the info codes of a meter, a flag each
        BESIDE_DRY,
        dict.fromkeys(("dry", "Dry", "DRY"), NamedValue(Metric.METER_STATUS, words=_TROUBLES, state=MeterStatus.DRY)),
    ),
)
#: What the LoRaWAN Device Repository means by the path of a value (its schema of payloads); the units are set there.
NORMALIZED: Final[Mapping[str, NamedValue]] = {
    "battery": NamedValue("battery_voltage_v"),
    "air.temperature": FIELDS["temperature"],
    "air.relativeHumidity": FIELDS["humidity"],
    "air.pressure": NamedValue("pressure_hpa"),
    "air.co2": NamedValue("co2_ppm"),
    "air.lightIntensity": NamedValue("illuminance_lx"),
    "air.location": NamedValue(None),
    "action.contactState": FIELDS["contact"],
    "action.motion.detected": FIELDS["motion"],
    "action.motion.count": NamedValue("motion_count"),
    "water.leak": FIELDS["leak"],
    "water.temperature.current": FIELDS["watertemperature"],
    "metering.water.total": NamedValue(Metric.VOLUME_M3, 0.001),
    "position.latitude": FIELDS["latitude"],
    "position.longitude": FIELDS["longitude"],
}
#: What the name of a door, a leak, a movement or an alarm has where there are several: `WaterLeak_1`, `magnet_chn2`.
_NUMBERED: Final = re.compile(r"([a-z]{3,30}?)(?:ch|chn|channel)?[0-9]{1,2}([a-z]{0,20})")
_SEVERAL: Final = frozenset({Metric.DOOR_OPEN, Metric.MOTION, Metric.METER_STATUS})


def find_numbered(name: str) -> NamedValue | None:
    """Find what is meant by the name of one of several, in small letters; pulses are left out: each counter has its meter."""
    parts = _NUMBERED.fullmatch(name)
    meant = None if parts is None else FIELDS.get(parts[1] + parts[2])
    if meant is None or not isinstance(meant.target, Metric) or meant.is_words:
        return None
    return meant if meant.target in _SEVERAL or meant.target.is_alarm else None
