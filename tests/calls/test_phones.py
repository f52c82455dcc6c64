import pytest

from calls.phones import (
    PhoneKind,
    endpoint_of,
    extension_of_channel,
    extension_of_interface,
    interface_of,
    phone_of_channel,
    phone_of_endpoint,
    phone_of_interface,
)


@pytest.mark.parametrize("kind", list(PhoneKind))
@pytest.mark.parametrize("extension", ["20", "2001", "200123"])
def test_a_name_leads_back_to_the_phone(extension, kind):
    assert phone_of_endpoint(endpoint_of(extension, kind)) == (extension, kind)
    assert phone_of_interface(interface_of(extension, kind)) == (extension, kind)
    assert phone_of_channel(f"{interface_of(extension, kind)}-0000001a") == (extension, kind)
    assert extension_of_interface(interface_of(extension, kind)) == extension


@pytest.mark.parametrize(
    ("channel", "extension"),
    [
        ("PJSIP/2001-00000012", "2001"),
        ("PJSIP/w2001-00000012", "2001"),
        ("PJSIP/test-00000012", None),
        ("PJSIP/2001", None),
        ("PJSIP/ww2001-00000012", None),
        ("PJSIP/2001-00000012;2", None),
        ("Local/2001@operators-0000001a;1", None),
        ("PJSIP/radio-1-00000001", None),
        ("", None),
    ],
)
def test_whose_phone_a_channel_is(channel, extension):
    assert extension_of_channel(channel) == extension


@pytest.mark.parametrize("extension", ["", "1", "2001234", "w2001", "2001;", "२००१"])
def test_what_is_no_extension_is_refused(extension):
    with pytest.raises(ValueError, match="2 to 6 digits"):
        endpoint_of(extension, PhoneKind.BROWSER)
