import pytest

from tools.rehearsal.stand_in.command_line import parser

FLAGS = [
    ("-a", "--resource-arn", "shop"),
    ("-b", "--bind", "127.0.0.1:7"),
    ("-f", "--log-file", "/dev/null"),
    ("-l", "--log-level", "debug"),
    ("-m", "--buffer-memory", "7"),
    ("-n", "--region", "cn-north-1"),
    ("-p", "--proxy-address", "http://proxy.example.com"),
    ("-r", "--role-arn", "arn:aws:iam::111111111111:role/writer"),
    ("-t", "--bind-tcp", "127.0.0.1:7"),
]


@pytest.mark.parametrize(("short", "long", "value"), FLAGS)
def test_the_stand_in_takes_the_flags_of_aws_s_daemon(short: str, long: str, value: str) -> None:
    parse = parser().parse_args
    assert parse([short, value]) == parse([long, value]) != parse([])
