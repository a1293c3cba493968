/* Stochastic descent on a net with one hidden layer of ReLU units, as one would write it in C: the gradient by hand, one
   net after the other. The compiler is told `real`, float or double, and the number of UNITS. A net's parameters: slopes,
   offsets and weights of the units, and the offset of the output. */

#include <stdint.h>

enum { PARAMETERS = 3 * UNITS + 1 };

/* Steps down the mean squared error of minibatches of `size` points. */
static void descend(real *w, const real *X, const real *y, const int64_t *points, int64_t size, int64_t steps, real lr)
{
    real *restrict slope = w, *restrict offset = w + UNITS, *restrict weight = w + 2 * UNITS, *restrict last = w + 3 * UNITS;
    real to_slope[UNITS], to_offset[UNITS], to_weight[UNITS], hidden[UNITS];
    for (int64_t step = 0; step < steps; step++) {
        real to_last = 0;
        for (int j = 0; j < UNITS; j++) /* = {0} would cost gcc its vectors. */
            to_slope[j] = to_offset[j] = to_weight[j] = 0;
        for (int64_t i = 0; i < size; i++) {
            const real x = X[*points], target = y[*points++];
            real f = *last;
            for (int j = 0; j < UNITS; j++) {
                const real z = slope[j] * x + offset[j];
                hidden[j] = z > 0 ? z : 0;
                f += weight[j] * hidden[j];
            }
            const real r = 2 * (f - target) / size;
            to_last += r;
            for (int j = 0; j < UNITS; j++) {
                const real back = hidden[j] > 0 ? r * weight[j] : 0;
                to_weight[j] += r * hidden[j];
                to_offset[j] += back;
                to_slope[j] += back * x;
            }
        }
        for (int j = 0; j < UNITS; j++) {
            slope[j] -= lr * to_slope[j];
            offset[j] -= lr * to_offset[j];
            weight[j] -= lr * to_weight[j];
        }
        *last -= lr * to_last;
    }
}

/* All nets; the minibatches of one begin `apart` numbers after those of the one before, 0 where all see the same. */
void descend_all(real *w, int64_t rows, const real *X, const real *y, const int64_t *points, int64_t apart, int64_t size,
                 int64_t steps, real lr)
{
    for (int64_t b = 0; b < rows; b++)
        descend(w + b * PARAMETERS, X, y, points + b * apart, size, steps, lr);
}
