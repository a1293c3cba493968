/* Stochastic descent on a net with one hidden layer of ReLU units, as one would write it in C: the gradient by hand, one
   net after the other. `real` is float or double. Parameters: slopes, offsets, weights of the units, and the last offset. */

#include <stdint.h>

#define MOST_UNITS 1024

/* Steps on factor / 2 * (sum of squared errors of a minibatch). */
static void descend(real *w, int64_t h, const real *X, const real *y, const int64_t *points, int64_t size, int64_t steps,
                    real lr, real factor)
{
    real *restrict slope = w, *restrict offset = w + h, *restrict weight = w + 2 * h, *last = w + 3 * h;
    real hidden[MOST_UNITS], to_slope[MOST_UNITS], to_offset[MOST_UNITS], to_weight[MOST_UNITS];
    for (int64_t step = 0; step < steps; step++) {
        real to_last = 0;
        for (int64_t j = 0; j < h; j++)
            to_slope[j] = to_offset[j] = to_weight[j] = 0;
        for (int64_t i = 0; i < size; i++) {
            const real x = X[points[step * size + i]];
            real f = *last;
            for (int64_t j = 0; j < h; j++) {
                const real z = slope[j] * x + offset[j];
                hidden[j] = z > 0 ? z : 0;
                f += weight[j] * hidden[j];
            }
            const real r = factor * (f - y[points[step * size + i]]);
            to_last += r;
            for (int64_t j = 0; j < h; j++) {
                const real back = hidden[j] > 0 ? r * weight[j] : 0;
                to_weight[j] += r * hidden[j];
                to_offset[j] += back;
                to_slope[j] += back * x;
            }
        }
        for (int64_t j = 0; j < h; j++) {
            slope[j] -= lr * to_slope[j];
            offset[j] -= lr * to_offset[j];
            weight[j] -= lr * to_weight[j];
        }
        *last -= lr * to_last;
    }
}

/* Every row with its own minibatches, `stride` numbers apart; 0 apart where all rows share one sequence. */
void descend_all(real *w, int64_t rows, int64_t h, const real *X, const real *y, const int64_t *points, int64_t stride,
                 int64_t size, int64_t steps, real lr, real factor)
{
    for (int64_t b = 0; b < rows; b++)
        descend(w + b * (3 * h + 1), h, X, y, points + b * stride, size, steps, lr, factor);
}
