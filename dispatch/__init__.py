"""Orders to the field: radio by SIP, telephone through the PBX, acknowledgement. Must not know who reported."""
