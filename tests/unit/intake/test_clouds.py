"""Each cloud against a sender that signs as documented: right, wrong, late, twice, and for something else."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.unit.intake.intakes import read_cloud, read_journal, taking
from tests.unit.intake.senders import (
    greet_onenet,
    seal_onenet,
    send_by_path,
    send_tencent,
    send_tianshu,
    sign_tencent,
    wrap_onenet,
)

MESSAGE = {"messageType": "dataReport", "deviceId": "d" * 32, "payload": {"battery_value": 90}}


@pytest.mark.parametrize("name, behind", [("aep", ""), ("iotda", "/iot/device/data/changed"), ("meters", "")])
def test_a_cloud_that_signs_nothing_knows_a_secret_address(tmp_path: Path, name: str, behind: str) -> None:
    with taking(tmp_path) as client:
        assert send_by_path(client, name, MESSAGE, behind=behind).status_code == 200
        wrong = send_by_path(client, name, MESSAGE, secret="a-secret-in-an-address-02", behind=behind)
        assert (wrong.status_code, "secret" in wrong.text) == (401, True)
        assert client.post(f"/intake/{name}", content="{}").status_code == 401
    (record,) = read_journal(tmp_path)
    assert (record.topic, json.loads(record.payload)) == (f"intake/{name}", MESSAGE)
    assert abs(record.received_at - time.time() * 1000) < 60_000
    assert (read_cloud(tmp_path, name).taken, read_cloud(tmp_path, name).refused) == (1, {"signature": 2})


def test_a_cloud_may_be_known_by_its_addresses(tmp_path: Path) -> None:
    with taking(tmp_path) as client:
        assert client.post("/intake/here", content="{}").status_code == 200
        elsewhere = send_by_path(client, "elsewhere", MESSAGE)
        assert elsewhere.status_code == 403
    assert [record.topic for record in read_journal(tmp_path)] == ["intake/here"]
    assert read_cloud(tmp_path, "elsewhere").refused == {"address": 1}


def test_behind_a_proxy_the_address_of_the_cloud_counts(tmp_path: Path) -> None:
    with taking(tmp_path) as client:
        heads = {"X-Forwarded-For": "192.0.2.7"}
        assert client.post("/intake/here", content="{}", headers=heads).status_code == 403
    with taking(tmp_path, proxies=["198.51.100.1"]) as client:
        assert client.post("/intake/here", content="{}", headers=heads).status_code == 200, "nobody's word from elsewhere"


def test_onenet_greets_and_gets_its_own_word_back(tmp_path: Path) -> None:
    with taking(tmp_path) as client:
        assert (greet_onenet(client).status_code, greet_onenet(client).text) == (200, "hello 1")
        assert greet_onenet(client, token="another").status_code == 401
    assert read_journal(tmp_path) == []


@pytest.mark.parametrize("name", ["signature", "msg_signature"])
def test_onenet_signs_its_messages(tmp_path: Path, name: str) -> None:
    message = json.dumps({"type": 1, "dev_id": 7001, "at": 1_700_000_000_000, "ds_id": "3200_0_5750", "value": "80FF"})
    with taking(tmp_path) as client:
        assert client.post("/intake/onenet", json=wrap_onenet(message, "n1", name=name)).status_code == 200
        assert client.post("/intake/onenet", json=wrap_onenet(message, "n2", token="other", name=name)).status_code == 401
        assert client.post("/intake/onenet", content=b"[]").status_code == 400
    (record,) = read_journal(tmp_path)
    assert record.payload.decode() == message


def test_an_older_product_of_onenet_signs_an_object_as_it_is_written(tmp_path: Path) -> None:
    message = '{ "type":2,  "dev_id":7001, "status":1 }'
    signed = json.loads(json.dumps(wrap_onenet(message, "n1")))["signature"]
    with taking(tmp_path) as client:
        body = f'{{"msg":{message},"nonce":"n1","msg_signature":"{signed}"}}'
        assert client.post("/intake/onenet", content=body).status_code == 200
    (record,) = read_journal(tmp_path)
    assert record.payload.decode() == message


def test_the_safe_mode_of_onenet_is_decrypted_before_it_is_kept(tmp_path: Path) -> None:
    message = '{"type":2,"dev_id":7001,"at":1700000000000,"status":0,"text":"\u5728\u7ebf"}'
    with taking(tmp_path) as client:
        assert client.post("/intake/onenet-safe", json=wrap_onenet(seal_onenet(message), "n1")).status_code == 200
        other = client.post("/intake/onenet-safe", json=wrap_onenet(seal_onenet(message, "fedcba9876543210"), "n2"))
        assert other.status_code == 400
        assert client.post("/intake/onenet-safe", json=wrap_onenet("no base64!", "n3")).status_code == 400
    (record,) = read_journal(tmp_path)
    assert record.payload.decode() == message


def test_what_onenet_sends_again_is_answered_and_kept_once_and_its_nonce_serves_nothing_else(tmp_path: Path) -> None:
    first, second = (json.dumps({"type": 1, "dev_id": 7001, "at": n, "value": n}) for n in (1, 2))
    with taking(tmp_path) as client:
        for _ in range(3):
            assert client.post("/intake/onenet", json=wrap_onenet(first, "n1")).status_code == 200
        assert client.post("/intake/onenet", json=wrap_onenet(second, "n1")).status_code == 409
    assert len(read_journal(tmp_path)) == 1
    cloud = read_cloud(tmp_path, "onenet")
    assert (cloud.taken, cloud.repeated, cloud.refused) == (1, 2, {"replay": 1})


def test_tencent_signs_time_and_nonce_and_not_the_body(tmp_path: Path) -> None:
    with taking(tmp_path) as client:
        now = round(time.time())
        assert send_tencent(client, MESSAGE, now).status_code == 200
        assert send_tencent(client, MESSAGE, now).status_code == 200
        assert send_tencent(client, MESSAGE | {"payload": {}}, now).status_code == 409
        assert send_tencent(client, MESSAGE, now, "n-2", token="other").status_code == 401
        late, early = send_tencent(client, MESSAGE, now - 400, "n-3"), send_tencent(client, MESSAGE, now + 400, "n-4")
        assert (late.status_code, early.status_code) == (401, 401)
        assert "behind this clock" in late.text
        assert "ahead of this clock" in early.text
        assert send_tencent(client, MESSAGE, 1000 * now, "n-5").status_code == 200
        hello = client.get("/intake/tencent", headers=sign_tencent(now, "n-6") | {"Echostr": "echo me"})
        assert (hello.status_code, hello.text) == (200, "echo me")
    assert len(read_journal(tmp_path)) == 2
    cloud = read_cloud(tmp_path, "tencent")
    assert (cloud.taken, cloud.repeated, cloud.refused) == (2, 1, {"replay": 1, "signature": 1, "late": 2})


def test_tianshu_signs_the_tenth_of_the_minute_and_wants_its_word(tmp_path: Path) -> None:
    body = {"deviceId": "7001", "uid": "1", "flag": "AL", "data": "x"}
    with taking(tmp_path) as client:
        for ahead_s in (0.0, -9.0, 9.0):
            answer = send_tianshu(client, body, ahead_s)
            assert (answer.status_code, answer.text) == (200, "Success")
        late = send_tianshu(client, body, -60)
        assert (late.status_code, "late" in late.text or "behind this clock" in late.text) == (401, True)
        assert send_tianshu(client, body, key="other").status_code == 401
        assert client.post("/intake/watches/notify?secretId=account-8&signature=x", content="{}").status_code == 401
        assert client.get("/intake/watches/ping").text == "pong"
    assert len(read_journal(tmp_path)) == 3
    assert read_cloud(tmp_path, "watches").refused == {"late": 1, "signature": 2}


def test_whoever_guesses_waits_and_the_cloud_does_not(tmp_path: Path) -> None:
    """From one address; a stranger's is not the cloud's, unless both are behind one proxy: then the cloud was there before."""
    with taking(tmp_path) as client:
        guesses = [send_by_path(client, "aep", MESSAGE, secret=f"guess-number-{n:012}").status_code for n in range(120)]
        assert guesses == [401] * 100 + [429] * 20
        assert send_by_path(client, "aep", MESSAGE).status_code == 429
    with taking(tmp_path) as client:
        assert send_by_path(client, "aep", MESSAGE).status_code == 200
        assert {send_by_path(client, "aep", MESSAGE, secret=f"guess-number-{n:012}").status_code for n in range(120)} == {401}
        assert send_by_path(client, "aep", MESSAGE).status_code == 200


def test_what_belongs_to_no_cloud_gets_nothing(tmp_path: Path) -> None:
    with taking(tmp_path) as client:
        assert client.post("/intake/nobody/x", content="{}").status_code == 404
        assert client.get("/").status_code == 404
        assert client.put(f"/intake/aep/{'a-secret-in-an-address-01'}", content="{}").status_code == 405
        assert (client.get("/livez").status_code, client.get("/readyz").status_code) == (200, 200)
        large = client.post("/intake/aep/a-secret-in-an-address-01", content=b"x" * 200_000)
        assert large.status_code == 413
    assert read_journal(tmp_path) == []
    assert read_cloud(tmp_path, "aep").refused == {"method": 1, "large": 1}
