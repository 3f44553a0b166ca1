"""The example flow for Node-RED is whole, and asks for what the API has."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from homebeat.domain.event import EventType
from tests.unit.api.golden_document import read_golden

FLOW: Final[list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[3] / "deploy" / "examples" / "node-red.json").read_text(encoding="utf-8")
)
NODES: Final = {node["id"]: node for node in FLOW}


def test_every_wire_leads_to_a_node_and_every_node_is_reached() -> None:
    reached = {target for node in FLOW for output in node.get("wires", []) for target in output}
    assert reached <= NODES.keys()
    assert NODES.keys() - reached == {"hb-tab", "hb-each"}
    for node in FLOW:
        if "outputs" in node:
            assert len(node["wires"]) == node["outputs"], node["name"]


def test_it_asks_for_an_address_of_the_api_with_its_parameters() -> None:
    text = NODES["hb-ask"]["func"]
    (path,) = re.findall(r"/api/v1/[a-z-]+", text)
    route = read_golden()["paths"][path]["get"]
    known = {one["name"] for one in route["parameters"] if one["in"] == "query"}
    assert set(re.findall(r"[?&](\w+)=", text)) == {"limit", "after"} & known
    assert {"next_cursor", "items"} <= set(re.findall(r"\.payload\.(\w+)", NODES["hb-split"]["func"]))


def test_the_events_that_it_waits_for_are_ours_and_no_secret_is_in_it() -> None:
    named = {rule["v"] for rule in NODES["hb-which"]["rules"] if "v" in rule}
    assert named <= {one.value for one in EventType}
    assert not re.search(r"hb_\w|whsec_", json.dumps(FLOW))
