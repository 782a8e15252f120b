"""Pages of rows as Akinon's API reference documents them."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """`page` and `limit`; ten rows unless told."""

    page_size = 10
    page_size_query_param = "limit"
    max_page_size = 100
