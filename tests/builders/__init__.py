"""Made-up work and results, for tests that need no engine: one module for each kind of them.

- `sections`: sections and results whose sums and status follow from their checks
- `report_results`: results for renderers: from recorded facts, hostile ones, and arbitrary ones
- `class_results`: classes of any size: students of different strength, harder and easier checks
- `gradebook_results`: five students with known totals, and the record of their import
- `marked_course`: a course on disk whose answers wait to be marked, and its command line
- `student_texts`: Dockerfiles, scripts and answers as many students write them
"""
