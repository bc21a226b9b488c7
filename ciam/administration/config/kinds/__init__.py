"""Every kind of entry, in the order they are made: brands before the clients that name them."""

from ciam.administration.config.kind import Kind
from ciam.administration.config.kinds.attributes import Attributes
from ciam.administration.config.kinds.brands import Brands
from ciam.administration.config.kinds.clients import Clients
from ciam.administration.config.kinds.connections import Connections
from ciam.administration.config.kinds.notices import Notices
from ciam.administration.config.kinds.policies import PolicySections
from ciam.administration.config.kinds.purposes import Purposes

KINDS: tuple[Kind, ...] = (
    Brands(),
    PolicySections(),
    Attributes(),
    Notices(),
    Purposes(),
    Clients(),
    Connections(),
)
