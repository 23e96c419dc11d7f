"""One module a model: data, train, quantize, evaluate and card, each a function of a Job."""
