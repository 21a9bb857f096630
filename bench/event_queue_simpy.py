"""The hold model in SimPy: so many pending timeouts, each replaced when it fires. The
leanest way that SimPy has: a callback on the timeout, no process. Prints holds per second.

  event_queue_simpy.py PENDING HOLDS
"""
import random
import sys
import time

import simpy

pending, holds = int(sys.argv[1]), int(sys.argv[2])
environment = simpy.Environment()
draw = random.Random(1).expovariate


def fire(_):
    environment.timeout(draw(1.0)).callbacks.append(fire)


for _ in range(pending):
    fire(None)
start = time.process_time()
for _ in range(holds):
    environment.step()
print("%.0f" % (holds / (time.process_time() - start)))
