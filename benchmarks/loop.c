/* Gradient descent on the low pass, as one would write it in C: the gradient by hand, one row after the other. */

#include <math.h>
#include <stdint.h>

/* Steps on the mean of (gain - target)^2 from *ohm until loss or |gradient| is below the tolerance; the updates made. */
static int64_t descend(double *ohm, const double *hz, const double *y, int64_t n, double lr, double tolerance,
                       int64_t steps)
{
    const double factor = 2 * 3.14159265358979323846 * 1e-6;
    double R = *ohm;
    int64_t done = 0;
    for (; done < steps; done++) {
        double loss = 0, gradient = 0;
        for (int64_t i = 0; i < n; i++) {
            const double v = factor * hz[i], u = v * R;
            const double gain = 1 / sqrt(1 + u * u), r = gain - y[i];
            loss += r * r;
            gradient -= 2 * r * gain * gain * gain * u * v;
        }
        if (loss / n < tolerance || fabs(gradient / n) < tolerance)
            break;
        R -= lr * gradient / n;
    }
    *ohm = R;
    return done;
}

void descend_all(double *ohm, int64_t *updates, int64_t rows, const double *hz, const double *y, int64_t n, double lr,
                 double tolerance, int64_t steps)
{
    for (int64_t b = 0; b < rows; b++)
        updates[b] = descend(ohm + b, hz, y, n, lr, tolerance, steps);
}
