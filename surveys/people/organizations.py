"""Creates organisations."""

from surveys.models import Organization


def create_organization(
    *,
    name: str,
    slug: str,
    sector: str = "",
    size_band: str = "",
    region: str = "",
    is_synthetic: bool = False,
) -> Organization:
    organization = Organization(
        name=name, slug=slug, sector=sector, size_band=size_band, region=region, is_synthetic=is_synthetic
    )
    organization.full_clean()
    organization.save()
    return organization
