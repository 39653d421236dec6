"""Sign in product by product: a failure of one does not stop the others."""

import asyncio

from loguru import logger

from core.api import Api
from core.errors import ApiError
from core.trouble import ODD_FORM, describe
from framework.resync_run import Product, ResyncRun


async def sign_in_to_each(run: ResyncRun, products: list[Product]) -> None:
    """Sign in to all products at once; raise only if every sign-in fails.

    The resync keeps what belongs to a product whose sign-in failed.
    """
    run.products = products
    tried = await asyncio.gather(*(_try(run, product) for product in products))
    errors = [error for error in tried if error]
    if errors and len(errors) == len(products):
        raise errors[0]


async def is_sign_in_lost(run: ResyncRun, api: Api | None) -> bool:
    """Check, after a 401 of one endpoint, whether the sign-in fails as well."""
    product = run.product_of(api)
    if product is None or product.name in run.lost:
        return product is not None
    return await _try(run, product) is not None


async def _try(run: ResyncRun, product: Product) -> Exception | None:
    try:
        await product.sign_in(product.api)
    except (ApiError, *ODD_FORM) as error:
        reason = run.lost[product.name] = describe(error)
        logger.error(f"{product.name} is kept as it is in the catalog: {reason}")
        return error
    return None
