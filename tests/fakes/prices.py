"""Price APIs on this machine: what they answer is told beforehand, what they were asked is kept. Wrong answers included."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

OFFERS = "/offers/v1.0/aws/AmazonSageMaker"
RETAIL = "/api/retail/prices"
VERTEX = "/v1/services/C7E2-9256-1C43/skus"
COMPUTE = "/v1/services/6F81-5844-456A/skus"


@dataclass(frozen=True)
class Request:
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    line: str


@dataclass(frozen=True)
class Answer:
    """`cut`: the connection ends after so many bytes of the body; `drip`: a byte at a time, with so many seconds between."""

    body: bytes | Iterator[bytes] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    drip: float = 0
    zipped: bool = False


Route = Callable[[Request], Answer]


def said(body: Any, **more: Any) -> Answer:
    return Answer(json.dumps(body).encode(), **more)


class Prices:
    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.first: dict[str, list[Answer]] = {}
        self.requests: list[Request] = []
        self.url = ""

    def at(self, path: str, answer: Answer | Route) -> None:
        self.routes[path] = answer if callable(answer) else lambda _request: answer

    def once(self, path: str, *answers: Answer) -> None:
        """Before what is always answered there."""
        self.first.setdefault(path, []).extend(answers)

    def asked(self, path: str) -> list[Request]:
        return [request for request in self.requests if request.path == path]

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.first.get(request.path):
            return self.first[request.path].pop(0)
        route = self.routes.get(request.path)
        return Answer(b"nothing here", 404) if route is None else route(request)

    # what the three clouds answer

    def aws(self, offers: Mapping[str, Any], version: str = "20260925000313") -> None:
        paths = {region: f"{OFFERS}/{version}/{region}/index.json" for region in offers}
        index = {r: {"regionCode": r, "currentVersionUrl": path} for r, path in paths.items()}
        self.at(f"{OFFERS}/current/region_index.json", said({"formatVersion": "v1.0", "regions": index}))
        for region, offer in offers.items():
            self.at(paths[region], offer if isinstance(offer, Answer) else said(offer))

    def azure(self, items: Mapping[str, Sequence[Any]], page: int = 1000, host: str = "") -> None:
        def route(request: Request) -> Answer:
            wanted = request.query["$filter"].rpartition(" eq ")[2].strip("'")
            found = items.get(wanted, [])
            skip = int(request.query.get("$skip", 0))
            more = skip + page < len(found)
            where = request.line.partition("&$skip")[0]
            link = f"{host or self.url}{where}&$skip={skip + page}" if more else None
            rows = found[skip : skip + page]
            return said({"BillingCurrency": "USD", "Items": rows, "NextPageLink": link, "Count": len(rows)})

        self.at(RETAIL, route)

    def gcp(self, vertex: Sequence[Any], compute: Sequence[Any], page: int = 5000, key: str = "") -> None:
        for path, skus in ((VERTEX, vertex), (COMPUTE, compute)):

            def route(request: Request, skus: Sequence[Any] = skus) -> Answer:
                if key and request.headers.get("x-goog-api-key") != key:
                    return said({"error": {"code": 400, "message": "API key not valid."}}, status=400)
                start = int(request.query.get("pageToken", "t0")[1:])
                following = f"t{start + page}" if start + page < len(skus) else ""
                return said({"skus": skus[start : start + page], "nextPageToken": following})

            self.at(path, route)


@contextmanager
def serving() -> Iterator[Prices]:
    prices = Prices()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.give(prices.answer(Request(parts.path, query, headers, self.path)))

        def give(self, answer: Answer) -> None:
            self.send_response(answer.status)
            body = answer.body
            if isinstance(body, bytes) and answer.zipped:
                body = gzip.compress(body)
                self.send_header("Content-Encoding", "gzip")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if isinstance(body, bytes):
                self.send_header("Content-Length", str(len(body)))
                pieces: Iterator[bytes] = iter([body[: answer.cut]])
                if answer.drip:
                    pieces = (bytes([byte]) for byte in body)
            else:
                self.send_header("Connection", "close")
                self.close_connection = True
                pieces = body
            self.end_headers()
            try:
                for piece in pieces:
                    self.wfile.write(piece)
                    if answer.drip:
                        self.wfile.flush()
                        time.sleep(answer.drip)  # a slow server is what is tested
            except OSError:  # the client hung up: that is what some tests are about
                self.close_connection = True
            if answer.cut is not None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    prices.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield prices
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


# rows in the clouds' own shapes


def offer(
    region: str, rows: Sequence[tuple[str, str, str]], code: str = "AmazonSageMaker", **more: Any
) -> dict[str, Any]:
    """Rows of usage (`Train`, `Host`, `TrSpt`, ...), type and price."""
    components = {"Train": "Training", "Host": "Hosting", "TrSpt": "SpotTraining", "Notebk": "Notebook"}
    products: dict[str, Any] = {}
    terms: dict[str, Any] = {}
    for number, (usage, instance, price) in enumerate(rows):
        sku = f"SKU{number:05}"
        component = components.get(usage, usage)
        products[sku] = {
            "sku": sku,
            "productFamily": "ML Instance",
            "attributes": {
                "servicecode": code,
                "instanceType": f"{instance}-{component}",
                "usagetype": f"USE1-{usage}:{instance}",
                "component": component,
                "instanceName": instance,
                "platoinstancetype": component,
                "regionCode": region,
            },
        }
        dimension = {"unit": "Hrs", "beginRange": "0", "endRange": "Inf", "pricePerUnit": {"USD": price}}
        terms[sku] = {f"{sku}.JRTCKXETXF": {"sku": sku, "priceDimensions": {f"{sku}.JRTCKXETXF.6YS6EN2CT7": dimension}}}
    return {
        "formatVersion": "v1.0",
        "offerCode": code,
        "version": "20260925000313",
        "publicationDate": "2026-09-25T00:03:13Z",
        "products": products,
        "terms": {"OnDemand": terms},
        **more,
    }


def item(region: str, size: str, price: float, *, name: str = "", **more: Any) -> dict[str, Any]:
    name = name or size.removeprefix("Standard_").replace("_", " ")
    return {
        "currencyCode": "USD", "tierMinimumUnits": 0.0, "retailPrice": price, "unitPrice": price,
        "armRegionName": region, "location": "here", "effectiveStartDate": "2020-08-01T00:00:00Z", "meterName": name,
        "productName": "Virtual Machines Series", "skuName": name, "serviceName": "Virtual Machines",
        "serviceFamily": "Compute", "unitOfMeasure": "1 Hour", "type": "Consumption", "isPrimaryMeterRegion": True,
        "armSkuName": size, **more,
    }  # fmt: skip


def sku(
    description: str, price: str, regions: Sequence[str] = ("us-central1",), *, unit: str = "", usage: str = "OnDemand"
) -> dict[str, Any]:
    units, _, nanos = price.partition(".")
    ram = description.lower().split(" in ")[0].removesuffix(" running").endswith("ram")
    return {
        "description": description,
        "category": {"serviceDisplayName": "x", "resourceGroup": "x", "usageType": usage},
        "serviceRegions": list(regions),
        "pricingInfo": [
            {
                "pricingExpression": {
                    "usageUnit": unit or ("GiBy.h" if ram else "h"),
                    "tieredRates": [
                        {
                            "startUsageAmount": 0,
                            "unitPrice": {"currencyCode": "USD", "units": units, "nanos": int(nanos.ljust(9, "0"))},
                        }
                    ],
                }
            }
        ],
    }
