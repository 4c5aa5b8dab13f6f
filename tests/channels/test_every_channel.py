"""Every channel runs each part of the one contract, or says here why it cannot have it."""

from collections.abc import Mapping

from hub.installed import installed
from tests.channels import test_http_gateway, test_mail_contract, test_push, test_smpp, test_telegram, test_twilio
from tests.channels.contract import (
    PARTS,
    DoctorContract,
    FailingContract,
    FateContract,
    KeepingContract,
    LogContract,
    ReportingContract,
    SendingContract,
    StrangerContract,
)

RUN_BY: Mapping[str, type] = {
    "twilio": test_twilio.TestTwilio,
    "http": test_http_gateway.TestHttpGateway,
    "smpp": test_smpp.TestSmpp,
    "mail": test_mail_contract.TestMail,
    "telegram": test_telegram.TestTelegram,
    "push": test_push.TestPush,
}
NO_PROVIDER = (
    "nothing leaves the hub: there is no provider between its pages, which hand in what is written, and its book"
)
WITHOUT: Mapping[str, Mapping[type, str]] = {
    "twilio": {},
    "http": {},
    "smpp": {
        StrangerContract: "nobody can come: the hub opens the only link, and listens nowhere",
        LogContract: "an SMSC has no log that one may ask; what it could not hand in it keeps, and hands in again",
    },
    "mail": {
        ReportingContract: "a relay says that it has taken a mail, and no more; what comes back is read in test_mail_in",
        FateContract: "nobody can be asked what became of a mail",
        LogContract: "a relay has no log that one may ask",
        DoctorContract: "it also warns of a missing certificate, which the loopback has not; test_mail_out asks it",
    },
    "telegram": {
        ReportingContract: "the Bot API tells nothing of a message once it has taken it",
        FateContract: "it has nothing by which to find a message again",
        LogContract: "it has no log; what could not be told waits there, and is told again",
    },
    "push": {
        KeepingContract: "a browser writes nothing; what it tells is that it has shown a notice",
        StrangerContract: "no words come in; test_push tries reports that no browser of ours tells",
        FateContract: "a notice may go twice without harm, and takes the place of the one before",
        LogContract: "push services keep no log for us",
        DoctorContract: "each browser has a push service of its own, and none can be asked beforehand",
    },
    "app": dict.fromkeys(PARTS, NO_PROVIDER),
}


def test_every_channel_runs_each_part_or_says_why_not() -> None:
    names = {entry.name for entry in installed("channels")}

    assert WITHOUT.keys() == names
    for name in names:
        run = {part for part in PARTS if issubclass(RUN_BY.get(name, object), part)}
        assert run | WITHOUT[name].keys() == set(PARTS), name
        assert not run & WITHOUT[name].keys(), name


def test_whatever_leaves_the_hub_is_sent_and_refused_in_the_one_suite() -> None:
    lacking = [name for name, without in WITHOUT.items() if {SendingContract, FailingContract} & without.keys()]

    assert lacking == ["app"]
