"""The shell: composition root, storage, KPI evaluation, HTTP, pages and metrics."""
