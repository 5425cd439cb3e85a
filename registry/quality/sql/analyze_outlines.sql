analyze outline
