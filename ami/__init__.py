"""AMI edge: quick hints about calls and control of them. Never the record of a call (CEL is); no HTML, no SQL."""
