"""Pipelines of Jenkins."""

from tests.repository.shown import lines

from strandline.repository.sighting import Show

TEXT = """\
pipeline {
  agent any
  stages {
    /* stage('Never') {
         sh 'kubectl apply -f never.yaml' } */
    stage('Test') {
      steps { sh './mvnw -B verify' }
    }
    stage('Approve') {
      steps {
        input message: 'Deploy?'
      }
    }
    stage('Deploy') {
      steps {
        // sh 'terraform apply'
        sh 'helm upgrade shop chart'
      }
    }
  }
  post { failure { slackSend message: 'failed' } }
}
"""


def test_stages_run_in_their_order_and_comments_say_nothing() -> None:
    found = lines("Jenkinsfile", TEXT)
    assert found[Show.TESTS_IN_PIPELINE] == [7]
    assert found[Show.DEPLOYMENT_BY_PIPELINE] == [17]
    assert found[Show.TESTS_BEFORE_DEPLOYMENT] == [17]
    assert found[Show.APPROVAL_BEFORE_DEPLOYMENT] == [9]
    assert found[Show.NOTICE_BY_PIPELINE] == [21]


def test_only_a_jenkinsfile_is_one() -> None:
    assert not lines("src/jenkinsfile.py", "pipeline { stage('Deploy') { sh 'terraform apply' } }")
