import collections
import time

from service.access.roles import Role
from tests.service.storage.fuzzing import ask
from tests.service.storage.whole_site import WholeSite


def test_it(whole_site: WholeSite) -> None:
    import os

    for role in Role:
        if role.value not in os.environ.get("R", "operator"):
            continue
        for ph in os.environ.get("P", "examples,coverage,fuzzing,stateful").split(","):
            t = time.time()
            told = ask(
                whole_site.url,
                whole_site.headers_of(role),
                examples=int(os.environ.get("N", "3")),
                phases=[ph],
            )
            print(
                role,
                ph,
                len(told.operations),
                told.cases,
                told.statuses,
                len(told.failures),
                time.time() - t,
            )
            c = collections.Counter(f.split("\n")[0][:110] for f in told.failures)
            for k, v in c.most_common():
                print("   ", v, k)
            for f in told.failures:
                with open("/tmp/fz/failures.txt", "a") as h:
                    h.write(f"{role} {ph} {f}\n----\n")
    print(whole_site.process.log.read_text()[-3000:])
