"""One session key for all processes of an installation, made by whichever needs it first."""

from __future__ import annotations

import threading

from homebeat.bootstrap.parts import make_session_key
from homebeat.store import Store, open_store


def test_all_processes_agree_on_one_key_however_they_race_for_it(store: Store, store_url: str) -> None:
    stores = [open_store(store_url, create=False) for _ in range(6)]
    begun, keys = threading.Barrier(len(stores)), list[bytes]()

    def work(own: Store) -> None:
        key = make_session_key(own)
        begun.wait(10)
        keys.append(key())

    threads = [threading.Thread(target=work, args=(own,)) for own in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for own in stores:
        own.close()
    assert len(keys) == len(stores)
    assert set(keys) == {make_session_key(store)()}
    assert len(keys[0]) == 32


def test_a_secret_once_kept_stays(store: Store) -> None:
    with store.read() as reader:
        assert reader.secrets.get("session") is None
    with store.begin() as tx:
        assert tx.secrets.keep("session", b"first") == b"first"
        assert tx.secrets.keep("session", b"second") == b"first"
        assert tx.secrets.keep("other", b"second") == b"second"
    with store.read() as reader:
        assert reader.secrets.get("session") == b"first"
