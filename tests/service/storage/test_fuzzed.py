import time
from tests.service.storage.whole_site import WholeSite
from service.access.roles import Role
import httpx
def test_it(whole_site: WholeSite) -> None:
    for role in Role:
        t=time.time()
        with httpx.Client(base_url=whole_site.url, headers=whole_site.headers_of(role)) as c:
            for p in ("/api/v1/me","/api/v1/sites","/api/v1/sites/chapelle_international/breaches","/api/v1/sites/chapelle_international/kpis/pue/history?span=day&period=2026-11","/api/v1/audit"):
                r=c.get(p); print(role, p, r.status_code, r.text[:100])
        print(time.time()-t)
