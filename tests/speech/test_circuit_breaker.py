from speech.circuit_breaker import CircuitBreaker


def test_opens_lets_one_trial_through_and_closes():
    now = [100.0]
    breaker = CircuitBreaker(failures=2, pause=15, monotonic=lambda: now[0])
    breaker.failed()
    assert breaker.allows()
    breaker.failed()
    assert breaker.is_open
    assert not breaker.allows()
    now[0] += 15
    assert breaker.allows()
    assert not breaker.allows(), "a second caller must not try at the same time"
    breaker.failed()
    now[0] += 14
    assert not breaker.allows()
    now[0] += 1
    assert breaker.allows()
    breaker.succeeded()
    assert not breaker.is_open
    assert breaker.allows()


def test_a_success_forgets_earlier_failures():
    breaker = CircuitBreaker(failures=2, pause=15, monotonic=lambda: 0.0)
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert breaker.allows()
