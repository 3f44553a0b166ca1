"""Names of things, one type each, so that a device is never passed for a resident."""

from typing import NewType

AreaId = NewType("AreaId", str)
HouseholdId = NewType("HouseholdId", str)
ResidentId = NewType("ResidentId", str)
DeviceId = NewType("DeviceId", str)
ContactId = NewType("ContactId", str)
ResponderId = NewType("ResponderId", str)
RotaId = NewType("RotaId", str)
AlertId = NewType("AlertId", str)
