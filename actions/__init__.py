"""Actions: what people do from Port in Jira and in Octopus Deploy.

How a run goes, whichever door it came in by:

1. It is marked as taken, so that it is found again if this process ends (`runs.py`).
2. `Executor.execute` reads its inputs, waits its turn for the object, and has
   `perform` do the work. It reads what it likes and sends its change through
   `job.send`, once. `Job.send` marks the run first, so a run that is only taken has
   changed nothing.
3. If the reply to the change is lost, `look_up` tells by reading whether it was carried
   out. If that can't be told either, the run ends as unknown, with a link to look at.
4. How it ended is told to Port until Port has it (`service.py`). Runs that a process
   left behind are found and ended by the next one (`recovery.py`).
5. Work that goes on at the vendor keeps the run open (`Started`). Who started it is
   told by `follow`, the next process by `take_up`: see `octopus/watch.py`.

To write an executor, make one file in `actions/<product>/` with one class:

- `ACTION_NAME`, `INPUTS` and `PERMISSIONS`, as the spec and the vendor name them;
  `SETTING`, if it must be allowed first.
- `object_of(inputs)`: what it changes. Runs with the same object wait for each other,
  also if their actions differ. None lets them run side by side.
- `perform(job)`: return Done, or Started for work that goes on at the vendor.
  Raise ActionFailed with words that a person can use; ApiError may pass, `explain` adds
  what it means. Use `job.send` for the change, `job.api` for everything else.
- `look_up(job)`: return Done if the change can be found, else None. It only reads.
- `where(job)`: a page where a person sees whether it happened.

Then add it to `EXECUTORS` of the product, to `.port/spec.yml`, to `docs/actions.md`,
with a form to `.port/actions/`, and its endpoints to `sandbox/`.
`tests/actions/test_spec.py` names what is missing.
"""
