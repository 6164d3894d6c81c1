"""A kzgd that forgets 4 KiB with every operation: what it says of itself. The program is kzgd_leaking (KZG_PLANT_LEAK),
whose windows are seconds where those of kzgd are minutes."""

import threading
import time

import harness as h

BODY = h.ssz("compute_challenge", {"blob": bytes(h.BLOB), "commitment": h.INFINITY})
REQUEST = h.post_bytes("compute_challenge", BODY)
LEAK = 4096


class Load:
    """Clients that ask one after another until they are stopped."""

    def __init__(self, daemon, clients=2):
        self.done = threading.Event()
        self.count = [0] * clients
        self.threads = [threading.Thread(target=self.run, args=(daemon, i), daemon=True) for i in range(clients)]
        for thread in self.threads:
            thread.start()

    def run(self, daemon, i):
        with h.Connection(daemon.api) as connection:
            while not self.done.is_set():
                connection.send(REQUEST)
                if connection.answer().status == 200:
                    self.count[i] += 1

    def stop(self):
        self.done.set()
        for thread in self.threads:
            thread.join()
        return sum(self.count)


def wait(wanted):
    end = time.monotonic() + h.PATIENCE * 2
    while time.monotonic() < end:
        found = wanted()
        if found:
            return found
        time.sleep(0.1)
    return wanted()


def memory(daemon):
    return h.ask(daemon.admin, h.request_bytes("GET", "/debug/memory", [("Accept", "application/json")])).json()


def planted_test(report, profile):
    with h.Daemon("--workers", "2", "--heap-profile", profile) as daemon:
        wait(lambda: memory(daemon)["residual_bytes"] == 0)
        report.equal(memory(daemon)["residual_bytes"], 0, f"profile {profile}: the idle baseline is known")
        load = Load(daemon)
        # "outside" may be suspected before it; and a suspicion ends and comes again where others take the load its CPU.
        found = wait(lambda: [event for event in daemon.events("memory_leak_suspected") if event["tag"] == "queue"])

        def told():
            page, text = memory(daemon), daemon.get("/debug/memory").body.decode()
            metric = daemon.metric("kzg_memory_leak_suspected", tag="queue")
            return (page, text) if page["suspects"] >= 1 and "queue grew by" in text and metric == 1 else None

        shown = wait(told)
        done = load.stop()
        if not report.check(bool(found), f"profile {profile}: a leak is suspected, and the tag is named", daemon.log()[-2000:]):
            return
        if not report.check(bool(shown), f"profile {profile}: page and metric say so while it goes on", memory(daemon)):
            return
        event, (page, text) = found[0], shown
        report.check(LEAK / 16 < event["bytes_per_operation"] < LEAK * 16,  # the load of a busy machine is uneven
                     f"profile {profile}: and what an operation loses", event)
        if profile == "on":
            report.check("planted_leak" in event["site"], "with the function", event)
            report.check("planted_leak" in text and "planted_leak" in page["sites"][0]["stack"], "on the page too", text[:900])
            report.check(page["hot_path_allocated_bytes"] > 0, "workers are seen to allocate")
        else:
            report.check(event["site"] == "" and "--heap-profile on" in text, "without a profile it says how to get it",
                         text[:900])
        residual = wait(lambda: memory(daemon)["residual_bytes"] > 0 and memory(daemon)["residual_bytes"])
        report.check(residual >= done * LEAK and residual % LEAK == 0,
                     f"profile {profile}: at idle all of it is residual", (residual, done))
        events = wait(lambda: [e for e in daemon.events("memory_residual") if e["residual_bytes"] > 0])
        report.check(bool(events), f"profile {profile}: and logged", daemon.log()[-800:])
        daemon.stop(report, f"profile {profile}")


def on_test(report):
    planted_test(report, "on")


def off_test(report):
    planted_test(report, "off")


if __name__ == "__main__":
    h.main({"on": on_test, "off": off_test})
