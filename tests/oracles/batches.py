"""The batch law: run(x)[i] is run(x[i]), on any number of threads."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

import edgetwin as et


def _outputs(answer):
    return answer if isinstance(answer, tuple) else (answer,)


def _batched(model, samples):
    """An array for each input, of all samples, or of the first where the input has no batch axis; and which have."""
    batched = [
        spec.shape != model.graph.tensors[index].shape
        for spec, index in zip(model.inputs, model.graph.inputs, strict=True)
    ]
    columns = zip(*samples, strict=True)
    arrays = [
        np.stack([value.reshape(spec.shape) for value in column]) if many else column[0]
        for column, spec, many in zip(columns, model.inputs, batched, strict=True)
    ]
    return arrays, batched


def assert_batch_law(data, samples, **options) -> bool:
    """Compare a batch with its samples; False where the model has no batch axis or is none.

    Parameters
    ----------
    data : bytes
        A model.
    samples : list of lists of arrays
        Each as the file's shapes say.
    **options
        Of `edgetwin.load`.
    """
    try:
        model = et.load(data, num_threads=1, **options)
    except et.ModelError:  # a drawn form that is none
        return False
    arrays, batched = _batched(model, samples)
    if not any(batched):
        return False
    alone = [
        _outputs(model.run(*(np.asarray(x[i]) if many else x for x, many in zip(arrays, batched, strict=True))))
        for i in range(len(samples))
    ]
    for threads in (1, 2):
        together = _outputs(et.load(data, num_threads=threads, **options).run(*arrays))
        for whole, *parts in zip(together, *alone, strict=True):
            assert_array_equal(whole, np.stack(parts))
    return True
