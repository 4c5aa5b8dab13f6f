"""Every table of the store, gathered so that migrations and tests see them all. Importing it registers them."""

from hub.database import Base
from hub.people import families, numbers, places, staff
from hub.post import deliveries, inbox, messages

METADATA = Base.metadata
MODULES = (places, families, staff, numbers, messages, deliveries, inbox)
