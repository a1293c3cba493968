"""Pairs of expressions that are equal for all values of their names, and pairs that are not but nearly look so."""

EQUAL = """
(x + y)' A (x + y) | x' A x + x' (A + A') y + y' A y
tr(A B C) | tr(C A B)
tr(A B C) | tr(C' B' A')
tr(S P M) | tr(M P S)
x' A y | y' A' x
x' S y | y' S x
||X w - y||^2 | w' X' X w - 2 y' X w + y' y
||x|| | ||x'||
||A||_F^2 | tr(A' A)
||A||_2 | ||A'||_2
smax(A) | smax(A')
rank(X) | rank(X')
||a x|| ||a x|| | a^2 x' x
sum(x) | ones(n)' x
sum(A) | sum(A')
sum(A .* B) | tr(A' B)
diag(A B) | (A .* B') ones(n)
diag(x) y | x .* y
diag(x) A diag(y) | x y' .* A
diag(diag(A)) | A .* eye(n)
tr(eye(n)) | n
sum(ones(n, d)) | n d
ones(n) ones(d)' | ones(n, d)
(a + b)^2 | a^2 + 2 a b + b^2
(a + b)^3 (a - b)^2 | (a^2 - b^2)^2 (a + b)
A^3 | A A A
(A + B)^2 | A^2 + A B + B A + B^2
A^0 | eye(n)
A^(k + 1) | A^k A
a^(t + 2) | a^t a^2
(a^2)^-1 | a^-2
1 / (a + b)^2 | (a + b)^-2
1 / (2 a + 2 b) | 1/2 (a + b)^-1
1 / (a - b) | -1 / (b - a)
1 / sqrt(4 a) | 1/2 a^(-1/2)
sqrt(lam^2) | lam
sqrt(mu^2) | mu
sqrt(n^2) | n
sqrt(a^2) | |a|
|a - b| | |b - a|
|a|^2 | a^2
log(a b) | log(a) + log(b)
log(a^2 b) | 2 log(a) + log(b)
log(x .* y) | log(x) + log(y)
log(sqrt(a)) | 1/2 log(a)
log(exp(a) b) | a + log(b)
log(exp(x)) | x
exp(log(a)) | a
exp(logdet(P)) | det(P)
exp(logsumexp(x)) | sum(exp(x))
logsumexp(x) | log(sum(exp(x)))
logdet(A B) | logdet(A) + logdet(B)
det(A B) | det(B A)
det(A') | det(A)
det(inv(A)) | 1 / det(A)
inv(A B) | inv(B) inv(A)
inv(A)' | inv(A')
inv(S)' | inv(S)
inv(2 A) | 1/2 inv(A)
inv(a A) | inv(A) / a
inv(A inv(B)) | B inv(A)
inv(inv(A)') | A'
inv(A) A | eye(n)
A' inv(A') | eye(n)
inv(diag(x)) | diag(x.^-1)
inv(D) D | eye(n)
inv(D F) | diag(diag(D).^-1 .* diag(F).^-1)
Q' Q | eye(n)
Q A Q' Q x | Q A x
sum(Q .* Q) | n
inv(Q A Q') | Q inv(A) Q'
D F | F D
D x | diag(D) .* x
D A F | A .* (diag(D) diag(F)')
D .* A | diag(diag(D) .* diag(A))
x ./ x | ones(n)
x .* (y ./ x) | y
x.^(1/2) .* x.^(1/2) | x
x.^-1 .* x.^-1 | x.^-2
(x .* y).^-1 | x.^-1 .* y.^-1
(2 x).^-2 | 1/4 x.^-2
(A').^-1 | (A.^-1)'
A .* A.^-1 | ones(n, n)
relu(x) - relu(-x) | x
relu(2 x) | 2 relu(x)
relu(a)^2 | a relu(a)
relu(a) relu(-a) | 0
relu(x) | max(x, 0)
relu(x) | x .* step(x)
step(3 x) | step(x)
step(a)^2 | step(a)
max(x, y) + min(x, y) | x + y
max(a, b) | where(a > b, a, b)
where(a >= b, x, y) | where(a < b, y, x)
where(a > b, 1, 0) + where(a <= b, 1, 0) | 1
exp(A') | exp(A)'
exp(x') | exp(x)'
sum(exp(A)) | sum(exp(A'))
sum(sigmoid(a ones(n, d))) | sum(sigmoid(a ones(d, n)))
exp(a + b) | exp(a) exp(b)
exp(2 a) | exp(a)^2
exp(x + a ones(n)) | exp(a) exp(x)
softmax(x + a ones(n)) | softmax(x)
logsumexp(x + a ones(n)) | a + logsumexp(x)
log(exp(a) x' x) | a + log(x' x)
sum(exp(A) .* B) | sum(exp(A') .* B')
relu(x') x | x' relu(x)
max(X', Y') | max(X, Y)'
softmax(x) | exp(x) / sum(exp(x))
mean(x) | sum(x) / n
n x + d x | (n + d) x
[X; Y]' [X; Y] | X' X + Y' Y
||[x; w]||^2 | x' x + w' w
x[1] x[2] | x[2] x[1]
S[1,2] | S[2,1]
sin(0 x) | zeros(n)
cos(0 a) | 1
pinv(X)' | pinv(X)'
"""
DIFFERENT = """
x' A y | y' A x
tr(A B C) | tr(A C B)
tr(A A) | tr(A' A)
A B | B A
A' | A
D A | A D
sum(x)^2 | sum(x .* x)
x' x | x' y
(x' y)^2 | x' x y' y
sum(A) | tr(A)
sum(A .* A .* A) | sum(A A A)
sum(diag(A)) | sum(A)
diag(A) .* x | A x
A .* B' | A' .* B
Q Q | eye(n)
Q' R | eye(n)
Q .* Q | eye(n)
sum(Q) | n
tr(Q A Q) | tr(A)
inv(A + B) | inv(A) + inv(B)
inv(A)' | inv(A)
inv(A') A | eye(n)
A inv(A)' | eye(n)
inv(A') x y' A | inv(A) x y' A'
inv(A B) | inv(A) inv(B)
inv(A .* B .* C) | inv(C) inv(B') inv(A)
inv(A diag(diag(C)) B) | inv(B) inv(C) inv(A)
inv(X' X + lam I_d) | inv(X' X + mu I_d)
tr(inv(a eye(n) + ones(n, n))) | tr(inv(a eye(d) + ones(d, d)))
det(lam eye(n)) | det(lam eye(d))
det(ones(n, n)) | det(ones(d, d))
det(2 A) | 2 det(A)
logdet(lam eye(n)) | logdet(lam eye(d))
rank(eye(n)) | rank(eye(d))
smax(ones(n)) | smax(ones(n, n))
smin(ones(n, d)) | smin(ones(n, n))
emax(ones(n, n)) | emax(ones(d, d))
emax(S) | smax(S)
||ones(n, d)||_2 | ||ones(d, d)||_2
||A||_2 | ||A||_F
||x|| ||y|| | x' y
||a x|| | a ||x||
sum(exp(a ones(n))) | sum(exp(a ones(d)))
sum(sigmoid(a ones(n))) | sum(sigmoid(a ones(d)))
exp(a b) | exp(a) exp(b)
exp(x + y) | exp(x)
log(x' x y' y) | log(x' x) log(y' y)
sum(|a| ones(n)) | sum(|a| ones(d))
sum((lam ones(n)).^(1/2)) | sum((lam ones(d)).^(1/2))
sum(relu(a ones(n))) | sum(relu(a ones(d)))
sum(step(a ones(n))) | sum(step(a ones(d)))
sum(max(a ones(n), b ones(n))) | sum(max(a ones(d), b ones(d)))
tr((a eye(n))^k) | tr((a eye(d))^k)
n | d
2^n | 2^d
n d | n^2
sum(ones(n, d)) | sum(ones(n, n))
exp(log(a^2) / 2) | a
exp(1/2 log(x .* x)) | x
exp(logdet(A A) / 2) | det(A)
exp(a + b) | exp(a) + exp(b)
sqrt(a^2) | a
sqrt((a - b)^2) | a - b
(x .* x).^(1/2) | x
(a^2)^(3/2) | a^3
sqrt(a + b) | sqrt(a) + sqrt(b)
|a + b| | |a| + |b|
|a| | a
|x|_ | x
log(a + b) | log(a) + log(b)
a^t b | (a b)^t
a^t | a^b
a^-1 + b^-1 | (a + b)^-1
step(-a) | -step(a)
step(a b) | step(a) step(b)
step(x) .* x | x
where(a > b, x, y) | where(b > a, x, y)
max(x, y) | x
relu(a x) | a relu(x)
relu(x + y) | relu(x) + relu(y)
relu(A') | relu(A)
exp(A') | exp(A)
exp(A + B') | exp(A + B)
sum(exp(A) .* B) | sum(exp(A') .* B)
A .* (A').^-1 | ones(n, n)
A .* (A').^3 | (A').^4
(A').^-1 | A.^-1
sum((A').^-1 .* A) | n^2
softmax(2 x) | softmax(x)
pinv(X) X | eye(d)
pinv(X)' | X
S P | P S
S .* A | S .* A'
x y' | y x'
x[1] | x[2]
A[1,2] | A[2,1]
x' (y .* z) x' v | x' y z' x v' v
tr(A diag(x) B diag(y)) | tr(A diag(y) B diag(x))
sum((A x) .* (B x) .* (C x)) | sum((A x) .* (B x) .* (B x))
sum((A x) .* (A x) .* (B y)) | sum((A x) .* (B x) .* (A y))
[X; Y]' [X; Y] | X' Y + Y' X
"""


def pairs(lines: str) -> list[tuple[str, str]]:
    """The two sides of every line."""
    found = (line.replace("|x|_", "abs(x)").split(" | ") for line in lines.splitlines() if line)
    return [(left, right) for left, right in found]
